/** What each of our pages begins with; a style sheet of its own comes next. No icon is asked for. */
export const PAGE_HEAD = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>gradsocket</title>
<link rel="icon" href="data:,">`;
