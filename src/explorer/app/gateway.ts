/** Requests to the gateway that serves the page. Errors are for the person in front of it. */

export async function send(path: string, options?: RequestInit): Promise<Response> {
  try {
    return await fetch(path, options);
  } catch {
    throw new Error(`${location.origin} does not answer: is Portico running?`);
  }
}

export async function getJson<T>(path: string): Promise<T> {
  const response = await send(path, { headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(`GET ${path} answered ${response.status}: see the gateway's log, then reload this page.`);
  return response.json() as Promise<T>;
}
