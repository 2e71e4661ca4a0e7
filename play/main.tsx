import { render } from 'preact';
import { App } from './app.jsx';

const place = document.querySelector('#app');
if (place) {
  place.textContent = '';
  render(<App />, place);
}
