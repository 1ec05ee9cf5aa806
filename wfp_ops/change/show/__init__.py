"""How plans, journals and what came of them show themselves: text, HTML, Markdown. It decides nothing."""
