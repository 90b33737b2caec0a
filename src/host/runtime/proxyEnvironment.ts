/** The proxy of the editor's settings as the environment variables that downloads go by. */

export interface ProxySettings {
  /** `http.proxy` */
  readonly proxy?: string | undefined;
  /** `http.noProxy` */
  readonly noProxy?: readonly string[] | undefined;
  /** `http.proxySupport` */
  readonly proxySupport?: string | undefined;
}

/** Empty where the editor has none; what the environment `env` says already goes first, as it does for the editor's terminals. */
export function proxyEnvironment(
  { proxy, noProxy = [], proxySupport }: ProxySettings,
  env: NodeJS.ProcessEnv,
): Record<string, string> {
  const said = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].some((name) => env[name]);
  if (!proxy || said || proxySupport === 'off') return {};
  return {
    HTTPS_PROXY: proxy,
    HTTP_PROXY: proxy,
    ...(noProxy.length > 0 && { NO_PROXY: noProxy.join(',') }),
  };
}
