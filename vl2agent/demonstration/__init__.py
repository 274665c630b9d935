"""What a person does with mouse and keyboard, written down as a recording."""
