"""Who is there and what they may do: tokens, codes, sessions, bound chats, calendar addresses."""
