"""Index of the application: its HTML around the parts of Dash, and what it carries for the scripts."""

INDEX_HTML = """<!DOCTYPE html>
<html lang="{lang}" dir="{direction}">
  <head>
    {metas}
    <meta name="color-scheme" content="light dark">
    {later_scripts}
    <title>{title}</title>
    <link rel="icon" type="image/svg+xml" href="{icon}">
    {css}
    <script type="application/json" id="ids">{ids}</script>
    <script type="application/json" id="callbacks">{callbacks}</script>
    <script src="{base_bundle}"></script>
  </head>
  <body>
    {app_entry}
    <script type="application/json" id="_dash-layout">{layout}</script>
    <script type="application/json" id="_dash-dependencies">{dependencies}</script>
    <script type="application/json" id="first-reply">{first_reply}</script>
    {config}
    <first-sight aria-hidden="true" inert></first-sight>
    <footer>{scripts}<script src="{page_bundle}"></script>{renderer}</footer>
  </body>
</html>"""
