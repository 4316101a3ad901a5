"""Pure rules of money: MPPR, contracts, thresholds, and cost sharing."""
