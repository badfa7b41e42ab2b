"""What the product does, over the ports. Each package may import those listed above it; a test keeps it so.

state       What is stored, and the writes that keep it whole: keys, holders, accounts, counters, epochs.
telling     Who is told, and how a message is queued, paced and said.
signing_in  Who is there and what they may do: tokens, codes, sessions, bound chats, calendar addresses.
rulebooks   Tuning, previewing and publishing the rules of a place.
registry    Parties, contacts and projects.
views       What is owed, by whom and why: boards, duties, dossiers, calendars.
reporting   Forms on their way in: drafts, documents, submission, decision.
reminding   From a queued notice to its proof: written, sent, answered, handed on.
tables      Spreadsheets in and out.
bot         What people say to the bot, and its answers.
proof       That nothing was missed: reconciliation, the record for an audit, what is kept and for how long.
clockwork   What runs by itself: the tick, its jobs and rounds.
moving      From one store to another, and after a restore.
"""
