"""What is put to a customer to read, and what they said to it: versioned texts, answers, disclosure."""
