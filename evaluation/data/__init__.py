"""Readers and writers of system folders, JSONL, CSV, M2, judgements and rankings."""
