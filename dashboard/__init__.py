"""From tables to answers: who may see what, the warehouse, charts, menus."""
