"""The dataset a member is trained on: its configuration, reading and splitting."""
