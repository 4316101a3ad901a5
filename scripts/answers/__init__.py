"""Parts of ``compare_answers.py``: the days, the answers of a checkout, and their differences."""
