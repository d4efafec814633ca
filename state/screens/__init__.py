"""What the screens read: views, and how they are built from the state."""
