/**
 * Jest's own runner, with the modules loaded by node itself instead of by jest's copy of a module
 * system. What is in node_modules is loaded once a worker instead of once a test file, which was most
 * of what a file cost. Our own modules are loaded anew for each file, as with jest.
 */
import { createRequire, register } from 'node:module';
import { pathToFileURL } from 'node:url';

type Runner = (globalConfig: unknown, config: unknown, environment: object, runtime: object, testPath: string, report: unknown) => Promise<unknown>;

const require = createRequire(import.meta.url);
const { default: runCircus } = require('jest-circus/runner') as { readonly default: Runner };

register('./modules-anew.js', import.meta.url);

/** Where packages keep what a file has declared: types and tables by their decorators, and circus its handlers. */
const DECLARED = ['TypeGraphQLMetadataStorage', 'typeormMetadataArgsStorage', Symbol.for('EVENT_HANDLERS')];

let files = 0;

/** An object that is another one but for some properties. */
const instead = <Whole extends object>(whole: Whole, properties: object): Whole =>
  new Proxy(whole, { get: (target, name) => Reflect.get(name in properties ? properties : target, name) as unknown });

const runNatively: Runner = (globalConfig, config, environment, runtime, testPath, report) => {
  for (const key of DECLARED) Reflect.deleteProperty(globalThis, key);
  files += 1;
  const loading = {
    requireModule: require,
    requireInternalModule(path: string): unknown {
      // Circus keeps a file's tests in its module.
      Reflect.deleteProperty(require.cache, path);
      return require(path);
    },
    unstable_shouldLoadAsEsm: () => true,
    unstable_importModule: (path: string): Promise<unknown> => import(`${pathToFileURL(path).href}?file=${files}`),
    setGlobalsForRuntime: (globals: object) => Object.assign(globalThis, globals),
  };
  return runCircus(globalConfig, config, instead(environment, { global: globalThis }), instead(runtime, loading), testPath, report);
};

export default runNatively;
