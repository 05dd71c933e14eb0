"""Mail: offers read from the text of a mail or a price page, field by field, each with the words it was read from."""
