"""Pure rule functions for amounts: MPPR, contracts, thresholds, and cost sharing."""
