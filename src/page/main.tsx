import { render } from 'preact';
import { Page } from './page.tsx';
import { Store } from './store.ts';

const place = document.getElementById('page')!;
place.textContent = '';
const store = new Store(() => render(<Page store={store} state={store.state} />, place));
render(<Page store={store} state={store.state} />, place);
void store.start();
