"""The AWS half: its templates, what they cost, and the commands that bring them there and look after them."""
