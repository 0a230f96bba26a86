/** GraphiQL for this gateway. Everything it loads comes from the gateway's own origin. */
import 'graphiql/setup-workers/vite';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './explorer.css';
import { createRoot } from 'react-dom/client';
import { Explorer } from './explorer.tsx';
import { loadStart } from './start.ts';

createRoot(document.getElementById('explorer')!).render(<Explorer {...await loadStart()} />);
