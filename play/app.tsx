import { useEffect, useState } from 'preact/hooks';
import { ConditioningPage } from './conditioning/conditioningPage.jsx';
import { loadRuns, readFile } from './load.js';
import { Fault } from './parts/controls.jsx';
import type { RunStore } from './runStore.js';
import { StoryPage } from './story/storyPage.jsx';

const PAGES = { '#story': 'Story', '#conditioning': 'Conditioning' } as const;
type Page = keyof typeof PAGES;

function usePage(): Page {
  const own = (): Page => (window.location.hash === '#conditioning' ? '#conditioning' : '#story');
  const [page, setPage] = useState(own);
  useEffect(() => {
    const listener = (): void => setPage(own());
    window.addEventListener('hashchange', listener);
    return () => window.removeEventListener('hashchange', listener);
  }, []);
  return page;
}

function Head({ page }: { readonly page: Page }) {
  return (
    <header class="top">
      <strong>Pavlov</strong>
      <nav aria-label="Pages">
        {Object.entries(PAGES).map(([hash, title]) => (
          <a key={hash} href={hash} aria-current={hash === page ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
    </header>
  );
}

/** The whole page. */
export function App() {
  const page = usePage();
  const [stores, setStores] = useState<readonly RunStore[]>();
  const [fault, setFault] = useState<string>();
  useEffect(() => {
    loadRuns().then(setStores, (error: unknown) => {
      setFault(error instanceof Error ? error.message : String(error));
    });
  }, []);
  return (
    <>
      <Head page={page} />
      <main>
        {page === '#conditioning' && <ConditioningPage read={readFile} />}
        {page === '#story' && fault !== undefined && <Fault>{fault}</Fault>}
        {page === '#story' && !stores && fault === undefined && <p role="status">Loading the model.</p>}
        {stores && (
          <div hidden={page !== '#story'}>
            <StoryPage stores={stores} />
          </div>
        )}
      </main>
    </>
  );
}
