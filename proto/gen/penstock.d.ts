// Generated from proto/*.proto by `npm run proto`; not edited by hand.
import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");
export namespace penstock {
 namespace v1 {
  interface IDefinition extends penstock.v1.Definition.$Properties {
  }
  class Definition {
   constructor(properties?: penstock.v1.Definition.$Properties);
   $unknowns?: Uint8Array[];
   listeners: penstock.v1.Listener[];
   mainServer: penstock.v1.VirtualHost;
   virtualHosts: penstock.v1.VirtualHost[];
   balancers: penstock.v1.Balancer[];
   static encode(message: penstock.v1.Definition.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Definition & penstock.v1.Definition.$Shape;
  }
  namespace Definition {
   interface $Properties {
    listeners?: penstock.v1.Listener.$Properties[];
    mainServer?: penstock.v1.VirtualHost.$Properties;
    virtualHosts?: penstock.v1.VirtualHost.$Properties[];
    balancers?: penstock.v1.Balancer.$Properties[];
    $unknowns?: Uint8Array[];
   }
   type $Shape = {
    listeners?: penstock.v1.Listener.$Shape[];
    mainServer?: penstock.v1.VirtualHost.$Shape;
    virtualHosts?: penstock.v1.VirtualHost.$Shape[];
    balancers?: penstock.v1.Balancer.$Shape[];
    $unknowns?: Uint8Array[];
   };
  }
  interface IListener extends penstock.v1.Listener.$Properties {
  }
  class Listener {
   constructor(properties?: penstock.v1.Listener.$Properties);
   $unknowns?: Uint8Array[];
   address: (string|null);
   port: (number|null);
   static encode(message: penstock.v1.Listener.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Listener & penstock.v1.Listener.$Shape;
  }
  namespace Listener {
   interface $Properties {
    address?: (string|null);
    port?: (number|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.Listener.$Properties;
  }
  interface IVirtualHost extends penstock.v1.VirtualHost.$Properties {
  }
  class VirtualHost {
   constructor(properties?: penstock.v1.VirtualHost.$Properties);
   $unknowns?: Uint8Array[];
   id: (string|null);
   addresses: penstock.v1.VirtualHostAddress[];
   serverName: penstock.v1.ServerName;
   serverAliases: string[];
   settings: penstock.v1.ServerSettings;
   locations: penstock.v1.Location[];
   routes: penstock.v1.Route[];
   reverseRules: penstock.v1.ReverseRule[];
   workers: penstock.v1.Worker[];
   static encode(message: penstock.v1.VirtualHost.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.VirtualHost & penstock.v1.VirtualHost.$Shape;
  }
  namespace VirtualHost {
   interface $Properties {
    id?: (string|null);
    addresses?: penstock.v1.VirtualHostAddress.$Properties[];
    serverName?: penstock.v1.ServerName.$Properties;
    serverAliases?: string[];
    settings?: penstock.v1.ServerSettings.$Properties;
    locations?: penstock.v1.Location.$Properties[];
    routes?: penstock.v1.Route.$Properties[];
    reverseRules?: penstock.v1.ReverseRule.$Properties[];
    workers?: penstock.v1.Worker.$Properties[];
    $unknowns?: Uint8Array[];
   }
   type $Shape = {
    id?: string|null;
    addresses?: penstock.v1.VirtualHostAddress.$Shape[];
    serverName?: penstock.v1.ServerName.$Shape;
    serverAliases?: string[];
    settings?: penstock.v1.ServerSettings.$Shape;
    locations?: penstock.v1.Location.$Shape[];
    routes?: penstock.v1.Route.$Shape[];
    reverseRules?: penstock.v1.ReverseRule.$Shape[];
    workers?: penstock.v1.Worker.$Shape[];
    $unknowns?: Uint8Array[];
   };
  }
  interface IVirtualHostAddress extends penstock.v1.VirtualHostAddress.$Properties {
  }
  class VirtualHostAddress {
   constructor(properties?: penstock.v1.VirtualHostAddress.$Properties);
   $unknowns?: Uint8Array[];
   address: (string|null);
   number: (number|null);
   any: (boolean|null);
   port?: ("number"|"any");
   static encode(message: penstock.v1.VirtualHostAddress.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.VirtualHostAddress & penstock.v1.VirtualHostAddress.$Shape;
  }
  namespace VirtualHostAddress {
   interface $Properties {
    address?: (string|null);
    number?: (number|null);
    any?: (boolean|null);
    port?: ("number"|"any");
    $unknowns?: Uint8Array[];
   }
   type $Shape = {
    address?: string|null;
    number?: number|null;
    any?: boolean|null;
    $unknowns?: Uint8Array[];
   } & (
    ({ port?: undefined; number?: null; any?: null }|{ port?: "number"; number: number; any?: null }|{ port?: "any"; number?: null; any: boolean })
   );
  }
  enum Scheme {
   SCHEME_UNSPECIFIED = 0,
   SCHEME_HTTP = 1,
   SCHEME_HTTPS = 2
  }
  interface IServerName extends penstock.v1.ServerName.$Properties {
  }
  class ServerName {
   constructor(properties?: penstock.v1.ServerName.$Properties);
   $unknowns?: Uint8Array[];
   scheme: (penstock.v1.Scheme|null);
   host: (string|null);
   port: (number|null);
   static encode(message: penstock.v1.ServerName.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.ServerName & penstock.v1.ServerName.$Shape;
  }
  namespace ServerName {
   interface $Properties {
    scheme?: (penstock.v1.Scheme|null);
    host?: (string|null);
    port?: (number|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.ServerName.$Properties;
  }
  interface ILocation extends penstock.v1.Location.$Properties {
  }
  class Location {
   constructor(properties?: penstock.v1.Location.$Properties);
   $unknowns?: Uint8Array[];
   match: penstock.v1.Match;
   route: penstock.v1.Route;
   reverseRules: penstock.v1.ReverseRule[];
   settings: penstock.v1.DirectorySettings;
   static encode(message: penstock.v1.Location.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Location & penstock.v1.Location.$Shape;
  }
  namespace Location {
   interface $Properties {
    match?: penstock.v1.Match.$Properties;
    route?: penstock.v1.Route.$Properties;
    reverseRules?: penstock.v1.ReverseRule.$Properties[];
    settings?: penstock.v1.DirectorySettings.$Properties;
    $unknowns?: Uint8Array[];
   }
   type $Shape = {
    match?: penstock.v1.Match.$Shape;
    route?: penstock.v1.Route.$Shape;
    reverseRules?: penstock.v1.ReverseRule.$Shape[];
    settings?: penstock.v1.DirectorySettings.$Shape;
    $unknowns?: Uint8Array[];
   };
  }
  interface IMatch extends penstock.v1.Match.$Properties {
  }
  class Match {
   constructor(properties?: penstock.v1.Match.$Properties);
   $unknowns?: Uint8Array[];
   prefix: (string|null);
   regex: (string|null);
   kind?: ("prefix"|"regex");
   static encode(message: penstock.v1.Match.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Match & penstock.v1.Match.$Shape;
  }
  namespace Match {
   interface $Properties {
    prefix?: (string|null);
    regex?: (string|null);
    kind?: ("prefix"|"regex");
    $unknowns?: Uint8Array[];
   }
   type $Shape = {
    prefix?: string|null;
    regex?: string|null;
    $unknowns?: Uint8Array[];
   } & (
    ({ kind?: undefined; prefix?: null; regex?: null }|{ kind?: "prefix"; prefix: string; regex?: null }|{ kind?: "regex"; prefix?: null; regex: string })
   );
  }
  interface IRoute extends penstock.v1.Route.$Properties {
  }
  class Route {
   constructor(properties?: penstock.v1.Route.$Properties);
   $unknowns?: Uint8Array[];
   match: penstock.v1.Match;
   target: penstock.v1.RouteTarget;
   nocanon: (boolean|null);
   static encode(message: penstock.v1.Route.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Route & penstock.v1.Route.$Shape;
  }
  namespace Route {
   interface $Properties {
    match?: penstock.v1.Match.$Properties;
    target?: penstock.v1.RouteTarget.$Properties;
    nocanon?: (boolean|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = {
    match?: penstock.v1.Match.$Shape;
    target?: penstock.v1.RouteTarget.$Shape;
    nocanon?: boolean|null;
    $unknowns?: Uint8Array[];
   };
  }
  interface IRouteTarget extends penstock.v1.RouteTarget.$Properties {
  }
  class RouteTarget {
   constructor(properties?: penstock.v1.RouteTarget.$Properties);
   $unknowns?: Uint8Array[];
   local: (boolean|null);
   balancer: (penstock.v1.BalancerTarget|null);
   url: (string|null);
   kind?: ("local"|"balancer"|"url");
   static encode(message: penstock.v1.RouteTarget.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.RouteTarget & penstock.v1.RouteTarget.$Shape;
  }
  namespace RouteTarget {
   interface $Properties {
    local?: (boolean|null);
    balancer?: (penstock.v1.BalancerTarget.$Properties|null);
    url?: (string|null);
    kind?: ("local"|"balancer"|"url");
    $unknowns?: Uint8Array[];
   }
   type $Shape = {
    local?: boolean|null;
    balancer?: penstock.v1.BalancerTarget.$Shape|null;
    url?: string|null;
    $unknowns?: Uint8Array[];
   } & (
    ({ kind?: undefined; local?: null; balancer?: null; url?: null }|{ kind?: "local"; local: boolean; balancer?: null; url?: null }|{ kind?: "balancer"; local?: null; balancer: penstock.v1.BalancerTarget.$Shape; url?: null }|{ kind?: "url"; local?: null; balancer?: null; url: string })
   );
  }
  interface IBalancerTarget extends penstock.v1.BalancerTarget.$Properties {
  }
  class BalancerTarget {
   constructor(properties?: penstock.v1.BalancerTarget.$Properties);
   $unknowns?: Uint8Array[];
   name: (string|null);
   path: (string|null);
   static encode(message: penstock.v1.BalancerTarget.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.BalancerTarget & penstock.v1.BalancerTarget.$Shape;
  }
  namespace BalancerTarget {
   interface $Properties {
    name?: (string|null);
    path?: (string|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.BalancerTarget.$Properties;
  }
  interface IReverseRule extends penstock.v1.ReverseRule.$Properties {
  }
  class ReverseRule {
   constructor(properties?: penstock.v1.ReverseRule.$Properties);
   $unknowns?: Uint8Array[];
   path: (string|null);
   target: (string|null);
   static encode(message: penstock.v1.ReverseRule.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.ReverseRule & penstock.v1.ReverseRule.$Shape;
  }
  namespace ReverseRule {
   interface $Properties {
    path?: (string|null);
    target?: (string|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.ReverseRule.$Properties;
  }
  interface IDirectorySettings extends penstock.v1.DirectorySettings.$Properties {
  }
  class DirectorySettings {
   constructor(properties?: penstock.v1.DirectorySettings.$Properties);
   $unknowns?: Uint8Array[];
   proxyPreserveHost: (boolean|null);
   proxyAddHeaders: (boolean|null);
   limitRequestBody: (Long|null);
   static encode(message: penstock.v1.DirectorySettings.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.DirectorySettings & penstock.v1.DirectorySettings.$Shape;
  }
  namespace DirectorySettings {
   interface $Properties {
    proxyPreserveHost?: (boolean|null);
    proxyAddHeaders?: (boolean|null);
    limitRequestBody?: (Long|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.DirectorySettings.$Properties;
  }
  enum ProxyVia {
   PROXY_VIA_UNSPECIFIED = 0,
   PROXY_VIA_OFF = 1,
   PROXY_VIA_ON = 2,
   PROXY_VIA_FULL = 3,
   PROXY_VIA_BLOCK = 4
  }
  interface IServerSettings extends penstock.v1.ServerSettings.$Properties {
  }
  class ServerSettings {
   constructor(properties?: penstock.v1.ServerSettings.$Properties);
   $unknowns?: Uint8Array[];
   directory: penstock.v1.DirectorySettings;
   timeoutMs: (Long|null);
   proxyTimeoutMs: (Long|null);
   keepAlive: (boolean|null);
   keepAliveTimeoutMs: (Long|null);
   maxKeepAliveRequests: (Long|null);
   proxyVia: (penstock.v1.ProxyVia|null);
   limitRequestLine: (Long|null);
   limitRequestFieldSize: (Long|null);
   limitRequestFields: (Long|null);
   requestReadTimeout: penstock.v1.RequestReadTimeout;
   static encode(message: penstock.v1.ServerSettings.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.ServerSettings & penstock.v1.ServerSettings.$Shape;
  }
  namespace ServerSettings {
   interface $Properties {
    directory?: penstock.v1.DirectorySettings.$Properties;
    timeoutMs?: (Long|null);
    proxyTimeoutMs?: (Long|null);
    keepAlive?: (boolean|null);
    keepAliveTimeoutMs?: (Long|null);
    maxKeepAliveRequests?: (Long|null);
    proxyVia?: (penstock.v1.ProxyVia|null);
    limitRequestLine?: (Long|null);
    limitRequestFieldSize?: (Long|null);
    limitRequestFields?: (Long|null);
    requestReadTimeout?: penstock.v1.RequestReadTimeout.$Properties;
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.ServerSettings.$Properties;
  }
  interface IRequestReadTimeout extends penstock.v1.RequestReadTimeout.$Properties {
  }
  class RequestReadTimeout {
   constructor(properties?: penstock.v1.RequestReadTimeout.$Properties);
   $unknowns?: Uint8Array[];
   header: penstock.v1.ReadTimeoutStage;
   body: penstock.v1.ReadTimeoutStage;
   static encode(message: penstock.v1.RequestReadTimeout.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.RequestReadTimeout & penstock.v1.RequestReadTimeout.$Shape;
  }
  namespace RequestReadTimeout {
   interface $Properties {
    header?: penstock.v1.ReadTimeoutStage.$Properties;
    body?: penstock.v1.ReadTimeoutStage.$Properties;
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.RequestReadTimeout.$Properties;
  }
  interface IReadTimeoutStage extends penstock.v1.ReadTimeoutStage.$Properties {
  }
  class ReadTimeoutStage {
   constructor(properties?: penstock.v1.ReadTimeoutStage.$Properties);
   $unknowns?: Uint8Array[];
   initialMs: (Long|null);
   maxMs: (Long|null);
   minRate: (Long|null);
   static encode(message: penstock.v1.ReadTimeoutStage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.ReadTimeoutStage & penstock.v1.ReadTimeoutStage.$Shape;
  }
  namespace ReadTimeoutStage {
   interface $Properties {
    initialMs?: (Long|null);
    maxMs?: (Long|null);
    minRate?: (Long|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.ReadTimeoutStage.$Properties;
  }
  interface IWorker extends penstock.v1.Worker.$Properties {
  }
  class Worker {
   constructor(properties?: penstock.v1.Worker.$Properties);
   $unknowns?: Uint8Array[];
   url: (string|null);
   parameters: penstock.v1.WorkerParameters;
   static encode(message: penstock.v1.Worker.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Worker & penstock.v1.Worker.$Shape;
  }
  namespace Worker {
   interface $Properties {
    url?: (string|null);
    parameters?: penstock.v1.WorkerParameters.$Properties;
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.Worker.$Properties;
  }
  interface IWorkerParameters extends penstock.v1.WorkerParameters.$Properties {
  }
  class WorkerParameters {
   constructor(properties?: penstock.v1.WorkerParameters.$Properties);
   $unknowns?: Uint8Array[];
   loadfactor: (number|null);
   lbset: (number|null);
   status: (string|null);
   route: (string|null);
   redirect: (string|null);
   retryMs: (Long|null);
   timeoutMs: (Long|null);
   connectiontimeoutMs: (Long|null);
   acquireMs: (Long|null);
   max: (Long|null);
   smax: (Long|null);
   min: (Long|null);
   ttlMs: (Long|null);
   keepalive: (boolean|null);
   disablereuse: (boolean|null);
   addressttlMs: (Long|null);
   pingMs: (Long|null);
   iobuffersize: (Long|null);
   receivebuffersize: (Long|null);
   responsefieldsize: (Long|null);
   upgrade: (string|null);
   hcmethod: (string|null);
   hcintervalMs: (Long|null);
   hcpasses: (number|null);
   hcfails: (number|null);
   hcuri: (string|null);
   static encode(message: penstock.v1.WorkerParameters.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.WorkerParameters & penstock.v1.WorkerParameters.$Shape;
  }
  namespace WorkerParameters {
   interface $Properties {
    loadfactor?: (number|null);
    lbset?: (number|null);
    status?: (string|null);
    route?: (string|null);
    redirect?: (string|null);
    retryMs?: (Long|null);
    timeoutMs?: (Long|null);
    connectiontimeoutMs?: (Long|null);
    acquireMs?: (Long|null);
    max?: (Long|null);
    smax?: (Long|null);
    min?: (Long|null);
    ttlMs?: (Long|null);
    keepalive?: (boolean|null);
    disablereuse?: (boolean|null);
    addressttlMs?: (Long|null);
    pingMs?: (Long|null);
    iobuffersize?: (Long|null);
    receivebuffersize?: (Long|null);
    responsefieldsize?: (Long|null);
    upgrade?: (string|null);
    hcmethod?: (string|null);
    hcintervalMs?: (Long|null);
    hcpasses?: (number|null);
    hcfails?: (number|null);
    hcuri?: (string|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.WorkerParameters.$Properties;
  }
  interface IBalancer extends penstock.v1.Balancer.$Properties {
  }
  class Balancer {
   constructor(properties?: penstock.v1.Balancer.$Properties);
   $unknowns?: Uint8Array[];
   name: (string|null);
   virtualHost: (string|null);
   parameters: penstock.v1.BalancerParameters;
   members: penstock.v1.Worker[];
   static encode(message: penstock.v1.Balancer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Balancer & penstock.v1.Balancer.$Shape;
  }
  namespace Balancer {
   interface $Properties {
    name?: (string|null);
    virtualHost?: (string|null);
    parameters?: penstock.v1.BalancerParameters.$Properties;
    members?: penstock.v1.Worker.$Properties[];
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.Balancer.$Properties;
  }
  enum LbMethod {
   LB_METHOD_UNSPECIFIED = 0,
   LB_METHOD_BYREQUESTS = 1,
   LB_METHOD_BYTRAFFIC = 2,
   LB_METHOD_BYBUSYNESS = 3
  }
  interface IBalancerParameters extends penstock.v1.BalancerParameters.$Properties {
  }
  class BalancerParameters {
   constructor(properties?: penstock.v1.BalancerParameters.$Properties);
   $unknowns?: Uint8Array[];
   lbmethod: (penstock.v1.LbMethod|null);
   maxattempts: (Long|null);
   timeoutMs: (Long|null);
   stickysession: penstock.v1.StickySession;
   stickysessionsep: (string|null);
   scolonpathdelim: (boolean|null);
   nofailover: (boolean|null);
   failonstatus: penstock.v1.StatusList;
   failontimeout: (boolean|null);
   forcerecovery: (boolean|null);
   growth: (Long|null);
   nonce: (string|null);
   verdict: (string|null);
   panic: (number|null);
   fleetbalance: (boolean|null);
   static encode(message: penstock.v1.BalancerParameters.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.BalancerParameters & penstock.v1.BalancerParameters.$Shape;
  }
  namespace BalancerParameters {
   interface $Properties {
    lbmethod?: (penstock.v1.LbMethod|null);
    maxattempts?: (Long|null);
    timeoutMs?: (Long|null);
    stickysession?: penstock.v1.StickySession.$Properties;
    stickysessionsep?: (string|null);
    scolonpathdelim?: (boolean|null);
    nofailover?: (boolean|null);
    failonstatus?: penstock.v1.StatusList.$Properties;
    failontimeout?: (boolean|null);
    forcerecovery?: (boolean|null);
    growth?: (Long|null);
    nonce?: (string|null);
    verdict?: (string|null);
    panic?: (number|null);
    fleetbalance?: (boolean|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.BalancerParameters.$Properties;
  }
  interface IStickySession extends penstock.v1.StickySession.$Properties {
  }
  class StickySession {
   constructor(properties?: penstock.v1.StickySession.$Properties);
   $unknowns?: Uint8Array[];
   cookie: (string|null);
   url: (string|null);
   static encode(message: penstock.v1.StickySession.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.StickySession & penstock.v1.StickySession.$Shape;
  }
  namespace StickySession {
   interface $Properties {
    cookie?: (string|null);
    url?: (string|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.StickySession.$Properties;
  }
  interface IStatusList extends penstock.v1.StatusList.$Properties {
  }
  class StatusList {
   constructor(properties?: penstock.v1.StatusList.$Properties);
   $unknowns?: Uint8Array[];
   statuses: number[];
   static encode(message: penstock.v1.StatusList.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.StatusList & penstock.v1.StatusList.$Shape;
  }
  namespace StatusList {
   interface $Properties {
    statuses?: number[];
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.StatusList.$Properties;
  }
  interface IOverride extends penstock.v1.Override.$Properties {
  }
  class Override {
   constructor(properties?: penstock.v1.Override.$Properties);
   $unknowns?: Uint8Array[];
   balancer: (string|null);
   worker: (string|null);
   parameters: penstock.v1.OverrideParameters;
   actor: (string|null);
   reason: (string|null);
   sinceMs: (Long|null);
   untilMs: (Long|null);
   static encode(message: penstock.v1.Override.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Override & penstock.v1.Override.$Shape;
  }
  namespace Override {
   interface $Properties {
    balancer?: (string|null);
    worker?: (string|null);
    parameters?: penstock.v1.OverrideParameters.$Properties;
    actor?: (string|null);
    reason?: (string|null);
    sinceMs?: (Long|null);
    untilMs?: (Long|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.Override.$Properties;
  }
  interface IOverrideParameters extends penstock.v1.OverrideParameters.$Properties {
  }
  class OverrideParameters {
   constructor(properties?: penstock.v1.OverrideParameters.$Properties);
   $unknowns?: Uint8Array[];
   status: penstock.v1.StatusChange;
   loadfactor: (number|null);
   lbset: (number|null);
   route: (string|null);
   redirect: (string|null);
   static encode(message: penstock.v1.OverrideParameters.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.OverrideParameters & penstock.v1.OverrideParameters.$Shape;
  }
  namespace OverrideParameters {
   interface $Properties {
    status?: penstock.v1.StatusChange.$Properties;
    loadfactor?: (number|null);
    lbset?: (number|null);
    route?: (string|null);
    redirect?: (string|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.OverrideParameters.$Properties;
  }
  interface IStatusChange extends penstock.v1.StatusChange.$Properties {
  }
  class StatusChange {
   constructor(properties?: penstock.v1.StatusChange.$Properties);
   $unknowns?: Uint8Array[];
   set: (number|null);
   clear: (number|null);
   static encode(message: penstock.v1.StatusChange.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.StatusChange & penstock.v1.StatusChange.$Shape;
  }
  namespace StatusChange {
   interface $Properties {
    set?: (number|null);
    clear?: (number|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.StatusChange.$Properties;
  }
  interface ISnapshot extends penstock.v1.Snapshot.$Properties {
  }
  class Snapshot {
   constructor(properties?: penstock.v1.Snapshot.$Properties);
   $unknowns?: Uint8Array[];
   fleet: (string|null);
   revision: (Long|null);
   definition: penstock.v1.Definition;
   overrides: penstock.v1.Override[];
   allowShrink: (boolean|null);
   shrinkAllowedAt: (Long|null);
   static encode(message: penstock.v1.Snapshot.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Snapshot & penstock.v1.Snapshot.$Shape;
  }
  namespace Snapshot {
   interface $Properties {
    fleet?: (string|null);
    revision?: (Long|null);
    definition?: penstock.v1.Definition.$Properties;
    overrides?: penstock.v1.Override.$Properties[];
    allowShrink?: (boolean|null);
    shrinkAllowedAt?: (Long|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = {
    fleet?: string|null;
    revision?: Long|null;
    definition?: penstock.v1.Definition.$Shape;
    overrides?: penstock.v1.Override.$Shape[];
    allowShrink?: boolean|null;
    shrinkAllowedAt?: Long|null;
    $unknowns?: Uint8Array[];
   };
  }
  interface IHead extends penstock.v1.Head.$Properties {
  }
  class Head {
   constructor(properties?: penstock.v1.Head.$Properties);
   $unknowns?: Uint8Array[];
   fleet: (string|null);
   epoch: (Long|null);
   revision: (Long|null);
   chainHash: (Uint8Array|null);
   stateHash: (Uint8Array|null);
   snapshotRevision: (Long|null);
   snapshotHash: (Uint8Array|null);
   requiredFeatures: string[];
   static encode(message: penstock.v1.Head.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Head & penstock.v1.Head.$Shape;
  }
  namespace Head {
   interface $Properties {
    fleet?: (string|null);
    epoch?: (Long|null);
    revision?: (Long|null);
    chainHash?: (Uint8Array|null);
    stateHash?: (Uint8Array|null);
    snapshotRevision?: (Long|null);
    snapshotHash?: (Uint8Array|null);
    requiredFeatures?: string[];
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.Head.$Properties;
  }
  interface ISignedHead extends penstock.v1.SignedHead.$Properties {
  }
  class SignedHead {
   constructor(properties?: penstock.v1.SignedHead.$Properties);
   $unknowns?: Uint8Array[];
   head: (Uint8Array|null);
   signatures: penstock.v1.Signature[];
   static encode(message: penstock.v1.SignedHead.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.SignedHead & penstock.v1.SignedHead.$Shape;
  }
  namespace SignedHead {
   interface $Properties {
    head?: (Uint8Array|null);
    signatures?: penstock.v1.Signature.$Properties[];
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.SignedHead.$Properties;
  }
  interface ISignature extends penstock.v1.Signature.$Properties {
  }
  class Signature {
   constructor(properties?: penstock.v1.Signature.$Properties);
   $unknowns?: Uint8Array[];
   keyId: (string|null);
   value: (Uint8Array|null);
   static encode(message: penstock.v1.Signature.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Signature & penstock.v1.Signature.$Shape;
  }
  namespace Signature {
   interface $Properties {
    keyId?: (string|null);
    value?: (Uint8Array|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.Signature.$Properties;
  }
  interface IKeptConfiguration extends penstock.v1.KeptConfiguration.$Properties {
  }
  class KeptConfiguration {
   constructor(properties?: penstock.v1.KeptConfiguration.$Properties);
   $unknowns?: Uint8Array[];
   signedHead: (Uint8Array|null);
   snapshot: (Uint8Array|null);
   static encode(message: penstock.v1.KeptConfiguration.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.KeptConfiguration & penstock.v1.KeptConfiguration.$Shape;
  }
  namespace KeptConfiguration {
   interface $Properties {
    signedHead?: (Uint8Array|null);
    snapshot?: (Uint8Array|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.KeptConfiguration.$Properties;
  }
  interface IDelta extends penstock.v1.Delta.$Properties {
  }
  class Delta {
   constructor(properties?: penstock.v1.Delta.$Properties);
   $unknowns?: Uint8Array[];
   fleet: (string|null);
   epoch: (Long|null);
   from: (Long|null);
   to: (Long|null);
   stateHash: (Uint8Array|null);
   allowShrink: (boolean|null);
   shrinkAllowedAt: (Long|null);
   listeners: penstock.v1.ListPatch;
   mainServer: penstock.v1.VirtualHostPatch;
   virtualHosts: penstock.v1.ListPatch;
   balancers: penstock.v1.ListPatch;
   overrides: penstock.v1.ListPatch;
   static encode(message: penstock.v1.Delta.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Delta & penstock.v1.Delta.$Shape;
  }
  namespace Delta {
   interface $Properties {
    fleet?: (string|null);
    epoch?: (Long|null);
    from?: (Long|null);
    to?: (Long|null);
    stateHash?: (Uint8Array|null);
    allowShrink?: (boolean|null);
    shrinkAllowedAt?: (Long|null);
    listeners?: penstock.v1.ListPatch.$Properties;
    mainServer?: penstock.v1.VirtualHostPatch.$Properties;
    virtualHosts?: penstock.v1.ListPatch.$Properties;
    balancers?: penstock.v1.ListPatch.$Properties;
    overrides?: penstock.v1.ListPatch.$Properties;
    $unknowns?: Uint8Array[];
   }
   type $Shape = {
    fleet?: string|null;
    epoch?: Long|null;
    from?: Long|null;
    to?: Long|null;
    stateHash?: Uint8Array|null;
    allowShrink?: boolean|null;
    shrinkAllowedAt?: Long|null;
    listeners?: penstock.v1.ListPatch.$Shape;
    mainServer?: penstock.v1.VirtualHostPatch.$Shape;
    virtualHosts?: penstock.v1.ListPatch.$Shape;
    balancers?: penstock.v1.ListPatch.$Shape;
    overrides?: penstock.v1.ListPatch.$Shape;
    $unknowns?: Uint8Array[];
   };
  }
  interface IListPatch extends penstock.v1.ListPatch.$Properties {
  }
  class ListPatch {
   constructor(properties?: penstock.v1.ListPatch.$Properties);
   $unknowns?: Uint8Array[];
   edits: penstock.v1.ListEdit[];
   static encode(message: penstock.v1.ListPatch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.ListPatch & penstock.v1.ListPatch.$Shape;
  }
  namespace ListPatch {
   interface $Properties {
    edits?: penstock.v1.ListEdit.$Properties[];
    $unknowns?: Uint8Array[];
   }
   type $Shape = {
    edits?: penstock.v1.ListEdit.$Shape[];
    $unknowns?: Uint8Array[];
   };
  }
  interface IListEdit extends penstock.v1.ListEdit.$Properties {
  }
  class ListEdit {
   constructor(properties?: penstock.v1.ListEdit.$Properties);
   $unknowns?: Uint8Array[];
   keep: (penstock.v1.Run|null);
   insert: (Uint8Array|null);
   change: (penstock.v1.Change|null);
   kind?: ("keep"|"insert"|"change");
   static encode(message: penstock.v1.ListEdit.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.ListEdit & penstock.v1.ListEdit.$Shape;
  }
  namespace ListEdit {
   interface $Properties {
    keep?: (penstock.v1.Run.$Properties|null);
    insert?: (Uint8Array|null);
    change?: (penstock.v1.Change.$Properties|null);
    kind?: ("keep"|"insert"|"change");
    $unknowns?: Uint8Array[];
   }
   type $Shape = {
    keep?: penstock.v1.Run.$Shape|null;
    insert?: Uint8Array|null;
    change?: penstock.v1.Change.$Shape|null;
    $unknowns?: Uint8Array[];
   } & (
    ({ kind?: undefined; keep?: null; insert?: null; change?: null }|{ kind?: "keep"; keep: penstock.v1.Run.$Shape; insert?: null; change?: null }|{ kind?: "insert"; keep?: null; insert: Uint8Array; change?: null }|{ kind?: "change"; keep?: null; insert?: null; change: penstock.v1.Change.$Shape })
   );
  }
  interface IRun extends penstock.v1.Run.$Properties {
  }
  class Run {
   constructor(properties?: penstock.v1.Run.$Properties);
   $unknowns?: Uint8Array[];
   from: (Long|null);
   count: (Long|null);
   static encode(message: penstock.v1.Run.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Run & penstock.v1.Run.$Shape;
  }
  namespace Run {
   interface $Properties {
    from?: (Long|null);
    count?: (Long|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.Run.$Properties;
  }
  interface IChange extends penstock.v1.Change.$Properties {
  }
  class Change {
   constructor(properties?: penstock.v1.Change.$Properties);
   $unknowns?: Uint8Array[];
   from: (Long|null);
   patch: (Uint8Array|null);
   static encode(message: penstock.v1.Change.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Change & penstock.v1.Change.$Shape;
  }
  namespace Change {
   interface $Properties {
    from?: (Long|null);
    patch?: (Uint8Array|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.Change.$Properties;
  }
  interface IVirtualHostPatch extends penstock.v1.VirtualHostPatch.$Properties {
  }
  class VirtualHostPatch {
   constructor(properties?: penstock.v1.VirtualHostPatch.$Properties);
   $unknowns?: Uint8Array[];
   head: (Uint8Array|null);
   locations: penstock.v1.ListPatch;
   routes: penstock.v1.ListPatch;
   reverseRules: penstock.v1.ListPatch;
   workers: penstock.v1.ListPatch;
   static encode(message: penstock.v1.VirtualHostPatch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.VirtualHostPatch & penstock.v1.VirtualHostPatch.$Shape;
  }
  namespace VirtualHostPatch {
   interface $Properties {
    head?: (Uint8Array|null);
    locations?: penstock.v1.ListPatch.$Properties;
    routes?: penstock.v1.ListPatch.$Properties;
    reverseRules?: penstock.v1.ListPatch.$Properties;
    workers?: penstock.v1.ListPatch.$Properties;
    $unknowns?: Uint8Array[];
   }
   type $Shape = {
    head?: Uint8Array|null;
    locations?: penstock.v1.ListPatch.$Shape;
    routes?: penstock.v1.ListPatch.$Shape;
    reverseRules?: penstock.v1.ListPatch.$Shape;
    workers?: penstock.v1.ListPatch.$Shape;
    $unknowns?: Uint8Array[];
   };
  }
  interface IBalancerPatch extends penstock.v1.BalancerPatch.$Properties {
  }
  class BalancerPatch {
   constructor(properties?: penstock.v1.BalancerPatch.$Properties);
   $unknowns?: Uint8Array[];
   head: (Uint8Array|null);
   members: penstock.v1.ListPatch;
   static encode(message: penstock.v1.BalancerPatch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.BalancerPatch & penstock.v1.BalancerPatch.$Shape;
  }
  namespace BalancerPatch {
   interface $Properties {
    head?: (Uint8Array|null);
    members?: penstock.v1.ListPatch.$Properties;
    $unknowns?: Uint8Array[];
   }
   type $Shape = {
    head?: Uint8Array|null;
    members?: penstock.v1.ListPatch.$Shape;
    $unknowns?: Uint8Array[];
   };
  }
  interface ICommitCopy extends penstock.v1.CommitCopy.$Properties {
  }
  class CommitCopy {
   constructor(properties?: penstock.v1.CommitCopy.$Properties);
   $unknowns?: Uint8Array[];
   fleet: (string|null);
   revision: (Long|null);
   prevHash: (Uint8Array|null);
   hash: (Uint8Array|null);
   commit: (Uint8Array|null);
   static encode(message: penstock.v1.CommitCopy.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.CommitCopy & penstock.v1.CommitCopy.$Shape;
  }
  namespace CommitCopy {
   interface $Properties {
    fleet?: (string|null);
    revision?: (Long|null);
    prevHash?: (Uint8Array|null);
    hash?: (Uint8Array|null);
    commit?: (Uint8Array|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.CommitCopy.$Properties;
  }
  enum AckPhase {
   ACK_PHASE_UNSPECIFIED = 0,
   ACK_PHASE_RECEIVED = 1,
   ACK_PHASE_SERVING = 2,
   ACK_PHASE_REJECTED = 3
  }
  enum NodeErrorCode {
   NODE_ERROR_CODE_UNSPECIFIED = 0,
   NODE_ERROR_CODE_UNREADABLE = 1,
   NODE_ERROR_CODE_WRONG_FLEET = 2,
   NODE_ERROR_CODE_FORK = 3,
   NODE_ERROR_CODE_IMPLAUSIBLE = 4,
   NODE_ERROR_CODE_CAPACITY = 5,
   NODE_ERROR_CODE_LISTEN = 6,
   NODE_ERROR_CODE_COMPILE = 7,
   NODE_ERROR_CODE_STORAGE = 8,
   NODE_ERROR_CODE_SIGNATURE = 9,
   NODE_ERROR_CODE_UNSUPPORTED = 10,
   NODE_ERROR_CODE_CRASH = 11
  }
  interface INodeError extends penstock.v1.NodeError.$Properties {
  }
  class NodeError {
   constructor(properties?: penstock.v1.NodeError.$Properties);
   $unknowns?: Uint8Array[];
   object: (string|null);
   code: (penstock.v1.NodeErrorCode|null);
   text: (string|null);
   static encode(message: penstock.v1.NodeError.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.NodeError & penstock.v1.NodeError.$Shape;
  }
  namespace NodeError {
   interface $Properties {
    object?: (string|null);
    code?: (penstock.v1.NodeErrorCode|null);
    text?: (string|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.NodeError.$Properties;
  }
  interface IAck extends penstock.v1.Ack.$Properties {
  }
  class Ack {
   constructor(properties?: penstock.v1.Ack.$Properties);
   $unknowns?: Uint8Array[];
   node: (string|null);
   bootId: (string|null);
   fleet: (string|null);
   revision: (Long|null);
   stateHash: (Uint8Array|null);
   phase: (penstock.v1.AckPhase|null);
   applyMs: (Long|null);
   errors: penstock.v1.NodeError[];
   epoch: (Long|null);
   static encode(message: penstock.v1.Ack.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Ack & penstock.v1.Ack.$Shape;
  }
  namespace Ack {
   interface $Properties {
    node?: (string|null);
    bootId?: (string|null);
    fleet?: (string|null);
    revision?: (Long|null);
    stateHash?: (Uint8Array|null);
    phase?: (penstock.v1.AckPhase|null);
    applyMs?: (Long|null);
    errors?: penstock.v1.NodeError.$Properties[];
    epoch?: (Long|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.Ack.$Properties;
  }
  interface IServing extends penstock.v1.Serving.$Properties {
  }
  class Serving {
   constructor(properties?: penstock.v1.Serving.$Properties);
   $unknowns?: Uint8Array[];
   revision: (Long|null);
   stateHash: (Uint8Array|null);
   epoch: (Long|null);
   static encode(message: penstock.v1.Serving.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Serving & penstock.v1.Serving.$Shape;
  }
  namespace Serving {
   interface $Properties {
    revision?: (Long|null);
    stateHash?: (Uint8Array|null);
    epoch?: (Long|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.Serving.$Properties;
  }
  interface IReport extends penstock.v1.Report.$Properties {
  }
  class Report {
   constructor(properties?: penstock.v1.Report.$Properties);
   $unknowns?: Uint8Array[];
   node: (string|null);
   bootId: (string|null);
   fleet: (string|null);
   seq: (Long|null);
   timeMs: (Long|null);
   serving: penstock.v1.Serving;
   final: (boolean|null);
   workers: penstock.v1.WorkerReport[];
   complete: (boolean|null);
   labels: penstock.v1.Label[];
   routes: penstock.v1.RouteReport[];
   intervalMs: (Long|null);
   errors: penstock.v1.NodeError[];
   version: (string|null);
   static encode(message: penstock.v1.Report.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Report & penstock.v1.Report.$Shape;
  }
  namespace Report {
   interface $Properties {
    node?: (string|null);
    bootId?: (string|null);
    fleet?: (string|null);
    seq?: (Long|null);
    timeMs?: (Long|null);
    serving?: penstock.v1.Serving.$Properties;
    final?: (boolean|null);
    workers?: penstock.v1.WorkerReport.$Properties[];
    complete?: (boolean|null);
    labels?: penstock.v1.Label.$Properties[];
    routes?: penstock.v1.RouteReport.$Properties[];
    intervalMs?: (Long|null);
    errors?: penstock.v1.NodeError.$Properties[];
    version?: (string|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.Report.$Properties;
  }
  interface ILabel extends penstock.v1.Label.$Properties {
  }
  class Label {
   constructor(properties?: penstock.v1.Label.$Properties);
   $unknowns?: Uint8Array[];
   name: (string|null);
   value: (string|null);
   static encode(message: penstock.v1.Label.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Label & penstock.v1.Label.$Shape;
  }
  namespace Label {
   interface $Properties {
    name?: (string|null);
    value?: (string|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.Label.$Properties;
  }
  interface IRouteReport extends penstock.v1.RouteReport.$Properties {
  }
  class RouteReport {
   constructor(properties?: penstock.v1.RouteReport.$Properties);
   $unknowns?: Uint8Array[];
   virtualHost: (string|null);
   route: (string|null);
   incarnation: (Long|null);
   requests: (Long|null);
   responses: (Long|null);
   errors: (Long|null);
   bytesIn: (Long|null);
   bytesOut: (Long|null);
   static encode(message: penstock.v1.RouteReport.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.RouteReport & penstock.v1.RouteReport.$Shape;
  }
  namespace RouteReport {
   interface $Properties {
    virtualHost?: (string|null);
    route?: (string|null);
    incarnation?: (Long|null);
    requests?: (Long|null);
    responses?: (Long|null);
    errors?: (Long|null);
    bytesIn?: (Long|null);
    bytesOut?: (Long|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.RouteReport.$Properties;
  }
  interface IWorkerReport extends penstock.v1.WorkerReport.$Properties {
  }
  class WorkerReport {
   constructor(properties?: penstock.v1.WorkerReport.$Properties);
   $unknowns?: Uint8Array[];
   balancer: (string|null);
   url: (string|null);
   incarnation: (Long|null);
   status: (number|null);
   lbstatus: (number|null);
   busy: (number|null);
   retries: (number|null);
   errorTimeMs: (Long|null);
   loadfactor: (number|null);
   lbset: (number|null);
   route: (string|null);
   redirect: (string|null);
   elected: (Long|null);
   transferred: (Long|null);
   read: (Long|null);
   requests: (Long|null);
   responses: (Long|null);
   errors: (Long|null);
   bytesIn: (Long|null);
   bytesOut: (Long|null);
   retired: (boolean|null);
   static encode(message: penstock.v1.WorkerReport.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.WorkerReport & penstock.v1.WorkerReport.$Shape;
  }
  namespace WorkerReport {
   interface $Properties {
    balancer?: (string|null);
    url?: (string|null);
    incarnation?: (Long|null);
    status?: (number|null);
    lbstatus?: (number|null);
    busy?: (number|null);
    retries?: (number|null);
    errorTimeMs?: (Long|null);
    loadfactor?: (number|null);
    lbset?: (number|null);
    route?: (string|null);
    redirect?: (string|null);
    elected?: (Long|null);
    transferred?: (Long|null);
    read?: (Long|null);
    requests?: (Long|null);
    responses?: (Long|null);
    errors?: (Long|null);
    bytesIn?: (Long|null);
    bytesOut?: (Long|null);
    retired?: (boolean|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.WorkerReport.$Properties;
  }
  enum ObservationKind {
   OBSERVATION_KIND_UNSPECIFIED = 0,
   OBSERVATION_KIND_FAILED = 1,
   OBSERVATION_KIND_ANSWERED = 2,
   OBSERVATION_KIND_CHECK_FAILED = 3,
   OBSERVATION_KIND_CHECK_PASSED = 4
  }
  interface IObservation extends penstock.v1.Observation.$Properties {
  }
  class Observation {
   constructor(properties?: penstock.v1.Observation.$Properties);
   $unknowns?: Uint8Array[];
   balancer: (string|null);
   worker: (string|null);
   kind: (penstock.v1.ObservationKind|null);
   reason: (string|null);
   timeMs: (Long|null);
   static encode(message: penstock.v1.Observation.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Observation & penstock.v1.Observation.$Shape;
  }
  namespace Observation {
   interface $Properties {
    balancer?: (string|null);
    worker?: (string|null);
    kind?: (penstock.v1.ObservationKind|null);
    reason?: (string|null);
    timeMs?: (Long|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.Observation.$Properties;
  }
  interface IObservations extends penstock.v1.Observations.$Properties {
  }
  class Observations {
   constructor(properties?: penstock.v1.Observations.$Properties);
   $unknowns?: Uint8Array[];
   node: (string|null);
   bootId: (string|null);
   fleet: (string|null);
   seq: (Long|null);
   complete: (boolean|null);
   observations: penstock.v1.Observation[];
   static encode(message: penstock.v1.Observations.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Observations & penstock.v1.Observations.$Shape;
  }
  namespace Observations {
   interface $Properties {
    node?: (string|null);
    bootId?: (string|null);
    fleet?: (string|null);
    seq?: (Long|null);
    complete?: (boolean|null);
    observations?: penstock.v1.Observation.$Properties[];
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.Observations.$Properties;
  }
  interface IHealthFrame extends penstock.v1.HealthFrame.$Properties {
  }
  class HealthFrame {
   constructor(properties?: penstock.v1.HealthFrame.$Properties);
   $unknowns?: Uint8Array[];
   fleet: (string|null);
   version: (Long|null);
   periodMs: (Long|null);
   unavailable: penstock.v1.Verdict[];
   frozen: (string|null);
   membersVersion: (Uint8Array|null);
   static encode(message: penstock.v1.HealthFrame.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.HealthFrame & penstock.v1.HealthFrame.$Shape;
  }
  namespace HealthFrame {
   interface $Properties {
    fleet?: (string|null);
    version?: (Long|null);
    periodMs?: (Long|null);
    unavailable?: penstock.v1.Verdict.$Properties[];
    frozen?: (string|null);
    membersVersion?: (Uint8Array|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.HealthFrame.$Properties;
  }
  interface IVerdict extends penstock.v1.Verdict.$Properties {
  }
  class Verdict {
   constructor(properties?: penstock.v1.Verdict.$Properties);
   $unknowns?: Uint8Array[];
   balancer: (string|null);
   worker: (string|null);
   zones: string[];
   reason: (string|null);
   since: (Long|null);
   static encode(message: penstock.v1.Verdict.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Verdict & penstock.v1.Verdict.$Shape;
  }
  namespace Verdict {
   interface $Properties {
    balancer?: (string|null);
    worker?: (string|null);
    zones?: string[];
    reason?: (string|null);
    since?: (Long|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.Verdict.$Properties;
  }
  interface IMembers extends penstock.v1.Members.$Properties {
  }
  class Members {
   constructor(properties?: penstock.v1.Members.$Properties);
   $unknowns?: Uint8Array[];
   fleet: (string|null);
   version: (Uint8Array|null);
   members: penstock.v1.Member[];
   static encode(message: penstock.v1.Members.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Members & penstock.v1.Members.$Shape;
  }
  namespace Members {
   interface $Properties {
    fleet?: (string|null);
    version?: (Uint8Array|null);
    members?: penstock.v1.Member.$Properties[];
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.Members.$Properties;
  }
  interface IMember extends penstock.v1.Member.$Properties {
  }
  class Member {
   constructor(properties?: penstock.v1.Member.$Properties);
   $unknowns?: Uint8Array[];
   node: (string|null);
   zone: (string|null);
   static encode(message: penstock.v1.Member.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Member & penstock.v1.Member.$Shape;
  }
  namespace Member {
   interface $Properties {
    node?: (string|null);
    zone?: (string|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.Member.$Properties;
  }
  interface IFleetTraffic extends penstock.v1.FleetTraffic.$Properties {
  }
  class FleetTraffic {
   constructor(properties?: penstock.v1.FleetTraffic.$Properties);
   $unknowns?: Uint8Array[];
   fleet: (string|null);
   periodMs: (Long|null);
   workers: penstock.v1.WorkerTraffic[];
   static encode(message: penstock.v1.FleetTraffic.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.FleetTraffic & penstock.v1.FleetTraffic.$Shape;
  }
  namespace FleetTraffic {
   interface $Properties {
    fleet?: (string|null);
    periodMs?: (Long|null);
    workers?: penstock.v1.WorkerTraffic.$Properties[];
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.FleetTraffic.$Properties;
  }
  interface IWorkerTraffic extends penstock.v1.WorkerTraffic.$Properties {
  }
  class WorkerTraffic {
   constructor(properties?: penstock.v1.WorkerTraffic.$Properties);
   $unknowns?: Uint8Array[];
   balancer: (string|null);
   worker: (string|null);
   elected: (Long|null);
   bytes: (Long|null);
   static encode(message: penstock.v1.WorkerTraffic.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
   static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.WorkerTraffic & penstock.v1.WorkerTraffic.$Shape;
  }
  namespace WorkerTraffic {
   interface $Properties {
    balancer?: (string|null);
    worker?: (string|null);
    elected?: (Long|null);
    bytes?: (Long|null);
    $unknowns?: Uint8Array[];
   }
   type $Shape = penstock.v1.WorkerTraffic.$Properties;
  }
 }
}
