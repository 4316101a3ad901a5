"""The medical record: notes, plans of care, progress reports, authorizations, and deadlines."""
