"""What is owed, by whom and why: boards, duties, dossiers, calendars."""
