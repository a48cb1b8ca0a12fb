"""A customer's data as values: fields with sources, what is wrong with them, is missing, has changed."""
