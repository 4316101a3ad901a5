"""
The kernel: patient-days as arrays, priced without a Python loop over rows.

It has no law of its own. :class:`~therapy_billing.batch.kernel.compiled.CompiledTerms` asks the scalar path what applies and
keeps the answers as arrays. A day that the kernel does not model is billed by the scalar path, and its lines join the others.
"""
