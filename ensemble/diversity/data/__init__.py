"""What a diverse member is trained on."""
