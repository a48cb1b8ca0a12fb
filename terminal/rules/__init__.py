"""Rule packs: dated data that says what each business demands and what each finding leads to."""
