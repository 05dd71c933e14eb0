"""The screens: the list of profiles, the views of one profile, and help."""
