"""Forms on their way in: drafts, documents, submission, decision."""
