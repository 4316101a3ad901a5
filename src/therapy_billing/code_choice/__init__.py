"""The words of a treatment note to the code that they support."""
