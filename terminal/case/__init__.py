"""A verification case of any business, for all its parties: values, and the pure function over them."""
