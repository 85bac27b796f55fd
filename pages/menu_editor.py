"""Editing a restaurant's menu: its draft, what guests would see of it, and publishing it."""

from dashboard import elements
from dashboard.menus.editor.component import editor

editor(elements.current().restaurant.restaurant_id)
