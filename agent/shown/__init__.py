"""Answers, results and progress as text, for a terminal and for whoever shows preformatted text."""
