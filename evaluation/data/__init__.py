"""Readers and writers: system folders, JSONL, CSV, M2, judgements and rankings."""
