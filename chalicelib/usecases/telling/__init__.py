"""Who is told, and how a message is queued, paced and said."""
