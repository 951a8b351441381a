"""What a run shows to people: one model of everything that happened, told as prose, drawn as a page, compared with another."""
