"""The commands of ``renzheng``, one module each, imported only when called."""
