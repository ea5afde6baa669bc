"""What comes with a question: logs, tables of settings, notes and documents, by what they are for."""
