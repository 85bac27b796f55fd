"""Invented restaurants and guests who behave by a known model: Menulens at work without a single real guest."""
