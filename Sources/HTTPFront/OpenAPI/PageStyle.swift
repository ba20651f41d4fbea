/// The style of the page at `/docs`, light and dark: `/docs.css`.
let pageStyle = """
    :root { --ink: #1b1f24; --soft: #57606a; --ground: #ffffff; --panel: #f4f6f8; --line: #d8dee4; --link: #0b5cad;
      --get: #116329; --post: #8a4600; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #e6e9ed; --soft: #9aa4af; --ground: #12161b; --panel: #1b2129; --line: #303842; --link: #78b4f0;
        --get: #5fc77f; --post: #f0a860; }
    }
    * { box-sizing: border-box; }
    html { scroll-padding-top: 1rem; }
    body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
    header, main { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
    header { padding-top: 2.5rem; border-bottom: 1px solid var(--line); padding-bottom: 1rem; }
    h1 { margin: 0; font-size: 2rem; line-height: 1.2; }
    header p { margin: .25rem 0 1rem; color: var(--soft); }
    nav a { margin-right: 1.25rem; }
    a { color: var(--link); }
    h2 { margin: 3rem 0 .5rem; font-size: 1.5rem; }
    h3 { margin: 2rem 0 .5rem; font-size: 1.05rem; overflow-wrap: anywhere; }
    code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
    code { font-size: .875em; background: var(--panel); border-radius: 4px; padding: .1em .3em; }
    pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem;
      overflow-x: auto; font-size: .8125rem; line-height: 1.5; }
    article { border-bottom: 1px solid var(--line); padding-bottom: 1.25rem; }
    article h3 { margin-top: 1.5rem; }
    h3 code { background: none; padding: 0; font-size: 1rem; }
    .method { display: inline-block; min-width: 3.25rem; font-size: .8125rem; letter-spacing: .03em; }
    .get { color: var(--get); }
    .post { color: var(--post); }
    details { margin: .5rem 0; }
    summary { cursor: pointer; color: var(--soft); }
    summary:hover { color: var(--ink); }
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-size: .875rem; margin: .5rem 0; }
    th, td { text-align: left; vertical-align: top; padding: .4rem .9rem .4rem 0; border-bottom: 1px solid var(--line); }
    th { color: var(--soft); font-weight: 600; }
    td:first-child { white-space: nowrap; }
    td:last-child { min-width: 16rem; }

    """
