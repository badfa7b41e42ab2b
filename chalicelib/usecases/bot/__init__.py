"""What people say to the bot, and its answers."""
