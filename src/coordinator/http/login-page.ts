import { PAGE_HEAD } from './page-head.ts';

/** Asks a person for a token, which then travels in the body of a request: addresses end up in logs, and in the history of browsers. */
export function loginPage(wrong: boolean): string {
  return `${PAGE_HEAD}
<style>
  :root { color-scheme: light dark; }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 30rem; margin: 4rem auto; padding: 0 1rem; }
  input, button { font: inherit; padding: .4rem .6rem; }
  input { width: 100%; box-sizing: border-box; margin: .25rem 0 .75rem; }
</style>
<h1>gradsocket</h1>
${wrong ? '<p role="alert"><strong>This is not the token.</strong></p>\n' : ''}<form method="post" action="login">
<label for="token">The token of this run (--view-token, or --token)</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Show the run</button>
</form>
</html>
`;
}
