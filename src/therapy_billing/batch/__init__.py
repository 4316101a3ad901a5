"""Many patient-days: bill or check a whole log, with each patient's year carried forward."""
