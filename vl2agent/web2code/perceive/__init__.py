"""What can be measured in a picture of a page: texts, boxes, colors, pictures."""
