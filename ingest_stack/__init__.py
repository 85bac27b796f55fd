"""From a guest's phone to tables: takes events in, keeps them in the lake, fills the derived tables."""
