// Generated from proto/*.proto by `npm run proto`; not edited by hand.
/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

const $root = $protobuf.roots["penstock"] || ($protobuf.roots["penstock"] = {});

export const penstock = $root.penstock = (() => {

 const penstock = {};

 penstock.v1 = (function() {

  const v1 = {};

  v1.Definition = (function() {

   const Definition = function (properties) {
    this.listeners = [];
    this.virtualHosts = [];
    this.balancers = [];
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Definition.prototype.listeners = $util.emptyArray;
   Definition.prototype.mainServer = null;
   Definition.prototype.virtualHosts = $util.emptyArray;
   Definition.prototype.balancers = $util.emptyArray;

   Definition.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.listeners != null && message.listeners.length)
     for (let i = 0; i < message.listeners.length; ++i)
      $root.penstock.v1.Listener.encode(message.listeners[i], writer.uint32(10).fork(), _depth + 1).ldelim();
    if (message.mainServer != null && $Object.hasOwnProperty.call(message, "mainServer"))
     $root.penstock.v1.VirtualHost.encode(message.mainServer, writer.uint32(18).fork(), _depth + 1).ldelim();
    if (message.virtualHosts != null && message.virtualHosts.length)
     for (let i = 0; i < message.virtualHosts.length; ++i)
      $root.penstock.v1.VirtualHost.encode(message.virtualHosts[i], writer.uint32(26).fork(), _depth + 1).ldelim();
    if (message.balancers != null && message.balancers.length)
     for (let i = 0; i < message.balancers.length; ++i)
      $root.penstock.v1.Balancer.encode(message.balancers[i], writer.uint32(34).fork(), _depth + 1).ldelim();
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Definition.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Definition();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       if (!(message.listeners && message.listeners.length))
        message.listeners = [];
       message.listeners.push($root.penstock.v1.Listener.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.mainServer = $root.penstock.v1.VirtualHost.decode(reader, reader.size(), $undefined, _depth + 1, message.mainServer);
       continue;
      }
     case 3: {
       if (wireType !== 2)
        break;
       if (!(message.virtualHosts && message.virtualHosts.length))
        message.virtualHosts = [];
       message.virtualHosts.push($root.penstock.v1.VirtualHost.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     case 4: {
       if (wireType !== 2)
        break;
       if (!(message.balancers && message.balancers.length))
        message.balancers = [];
       message.balancers.push($root.penstock.v1.Balancer.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Definition;
  })();

  v1.Listener = (function() {

   const Listener = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Listener.prototype.address = null;
   Listener.prototype.port = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Listener.prototype, "_address", {
    get: $util.oneOfGetter($oneOfFields = ["address"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Listener.prototype, "_port", {
    get: $util.oneOfGetter($oneOfFields = ["port"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Listener.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.address != null && $Object.hasOwnProperty.call(message, "address"))
     writer.uint32(10).string(message.address);
    if (message.port != null && $Object.hasOwnProperty.call(message, "port"))
     writer.uint32(16).uint32(message.port);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Listener.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Listener();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.address = reader.stringVerify();
       message._address = "address";
       continue;
      }
     case 2: {
       if (wireType !== 0)
        break;
       message.port = reader.uint32();
       message._port = "port";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Listener;
  })();

  v1.VirtualHost = (function() {

   const VirtualHost = function (properties) {
    this.addresses = [];
    this.serverAliases = [];
    this.locations = [];
    this.routes = [];
    this.reverseRules = [];
    this.workers = [];
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   VirtualHost.prototype.id = null;
   VirtualHost.prototype.addresses = $util.emptyArray;
   VirtualHost.prototype.serverName = null;
   VirtualHost.prototype.serverAliases = $util.emptyArray;
   VirtualHost.prototype.settings = null;
   VirtualHost.prototype.locations = $util.emptyArray;
   VirtualHost.prototype.routes = $util.emptyArray;
   VirtualHost.prototype.reverseRules = $util.emptyArray;
   VirtualHost.prototype.workers = $util.emptyArray;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(VirtualHost.prototype, "_id", {
    get: $util.oneOfGetter($oneOfFields = ["id"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   VirtualHost.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.id != null && $Object.hasOwnProperty.call(message, "id"))
     writer.uint32(10).string(message.id);
    if (message.addresses != null && message.addresses.length)
     for (let i = 0; i < message.addresses.length; ++i)
      $root.penstock.v1.VirtualHostAddress.encode(message.addresses[i], writer.uint32(18).fork(), _depth + 1).ldelim();
    if (message.serverName != null && $Object.hasOwnProperty.call(message, "serverName"))
     $root.penstock.v1.ServerName.encode(message.serverName, writer.uint32(26).fork(), _depth + 1).ldelim();
    if (message.serverAliases != null && message.serverAliases.length)
     for (let i = 0; i < message.serverAliases.length; ++i)
      writer.uint32(34).string(message.serverAliases[i]);
    if (message.settings != null && $Object.hasOwnProperty.call(message, "settings"))
     $root.penstock.v1.ServerSettings.encode(message.settings, writer.uint32(42).fork(), _depth + 1).ldelim();
    if (message.locations != null && message.locations.length)
     for (let i = 0; i < message.locations.length; ++i)
      $root.penstock.v1.Location.encode(message.locations[i], writer.uint32(50).fork(), _depth + 1).ldelim();
    if (message.routes != null && message.routes.length)
     for (let i = 0; i < message.routes.length; ++i)
      $root.penstock.v1.Route.encode(message.routes[i], writer.uint32(58).fork(), _depth + 1).ldelim();
    if (message.reverseRules != null && message.reverseRules.length)
     for (let i = 0; i < message.reverseRules.length; ++i)
      $root.penstock.v1.ReverseRule.encode(message.reverseRules[i], writer.uint32(66).fork(), _depth + 1).ldelim();
    if (message.workers != null && message.workers.length)
     for (let i = 0; i < message.workers.length; ++i)
      $root.penstock.v1.Worker.encode(message.workers[i], writer.uint32(74).fork(), _depth + 1).ldelim();
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   VirtualHost.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.VirtualHost();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.id = reader.stringVerify();
       message._id = "id";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       if (!(message.addresses && message.addresses.length))
        message.addresses = [];
       message.addresses.push($root.penstock.v1.VirtualHostAddress.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     case 3: {
       if (wireType !== 2)
        break;
       message.serverName = $root.penstock.v1.ServerName.decode(reader, reader.size(), $undefined, _depth + 1, message.serverName);
       continue;
      }
     case 4: {
       if (wireType !== 2)
        break;
       if (!(message.serverAliases && message.serverAliases.length))
        message.serverAliases = [];
       message.serverAliases.push(reader.stringVerify());
       continue;
      }
     case 5: {
       if (wireType !== 2)
        break;
       message.settings = $root.penstock.v1.ServerSettings.decode(reader, reader.size(), $undefined, _depth + 1, message.settings);
       continue;
      }
     case 6: {
       if (wireType !== 2)
        break;
       if (!(message.locations && message.locations.length))
        message.locations = [];
       message.locations.push($root.penstock.v1.Location.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     case 7: {
       if (wireType !== 2)
        break;
       if (!(message.routes && message.routes.length))
        message.routes = [];
       message.routes.push($root.penstock.v1.Route.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     case 8: {
       if (wireType !== 2)
        break;
       if (!(message.reverseRules && message.reverseRules.length))
        message.reverseRules = [];
       message.reverseRules.push($root.penstock.v1.ReverseRule.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     case 9: {
       if (wireType !== 2)
        break;
       if (!(message.workers && message.workers.length))
        message.workers = [];
       message.workers.push($root.penstock.v1.Worker.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return VirtualHost;
  })();

  v1.VirtualHostAddress = (function() {

   const VirtualHostAddress = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   VirtualHostAddress.prototype.address = null;
   VirtualHostAddress.prototype.number = null;
   VirtualHostAddress.prototype.any = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(VirtualHostAddress.prototype, "_address", {
    get: $util.oneOfGetter($oneOfFields = ["address"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   $Object.defineProperty(VirtualHostAddress.prototype, "port", {
    get: $util.oneOfGetter($oneOfFields = ["number", "any"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   VirtualHostAddress.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.address != null && $Object.hasOwnProperty.call(message, "address"))
     writer.uint32(10).string(message.address);
    if (message.number != null && $Object.hasOwnProperty.call(message, "number"))
     writer.uint32(16).uint32(message.number);
    if (message.any != null && $Object.hasOwnProperty.call(message, "any"))
     writer.uint32(24).bool(message.any);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   VirtualHostAddress.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.VirtualHostAddress();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.address = reader.stringVerify();
       message._address = "address";
       continue;
      }
     case 2: {
       if (wireType !== 0)
        break;
       message.number = reader.uint32();
       message.port = "number";
       continue;
      }
     case 3: {
       if (wireType !== 0)
        break;
       message.any = reader.bool();
       message.port = "any";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return VirtualHostAddress;
  })();

  v1.Scheme = (function() {
   const valuesById = $Object.create(null), values = $Object.create(valuesById);
   values[valuesById[0] = "SCHEME_UNSPECIFIED"] = 0;
   values[valuesById[1] = "SCHEME_HTTP"] = 1;
   values[valuesById[2] = "SCHEME_HTTPS"] = 2;
   return values;
  })();

  v1.ServerName = (function() {

   const ServerName = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   ServerName.prototype.scheme = null;
   ServerName.prototype.host = null;
   ServerName.prototype.port = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(ServerName.prototype, "_scheme", {
    get: $util.oneOfGetter($oneOfFields = ["scheme"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(ServerName.prototype, "_host", {
    get: $util.oneOfGetter($oneOfFields = ["host"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(ServerName.prototype, "_port", {
    get: $util.oneOfGetter($oneOfFields = ["port"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   ServerName.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.scheme != null && $Object.hasOwnProperty.call(message, "scheme"))
     writer.uint32(8).int32(message.scheme);
    if (message.host != null && $Object.hasOwnProperty.call(message, "host"))
     writer.uint32(18).string(message.host);
    if (message.port != null && $Object.hasOwnProperty.call(message, "port"))
     writer.uint32(24).uint32(message.port);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   ServerName.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.ServerName();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 0)
        break;
       message.scheme = reader.int32();
       message._scheme = "scheme";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.host = reader.stringVerify();
       message._host = "host";
       continue;
      }
     case 3: {
       if (wireType !== 0)
        break;
       message.port = reader.uint32();
       message._port = "port";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return ServerName;
  })();

  v1.Location = (function() {

   const Location = function (properties) {
    this.reverseRules = [];
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Location.prototype.match = null;
   Location.prototype.route = null;
   Location.prototype.reverseRules = $util.emptyArray;
   Location.prototype.settings = null;

   Location.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.match != null && $Object.hasOwnProperty.call(message, "match"))
     $root.penstock.v1.Match.encode(message.match, writer.uint32(10).fork(), _depth + 1).ldelim();
    if (message.route != null && $Object.hasOwnProperty.call(message, "route"))
     $root.penstock.v1.Route.encode(message.route, writer.uint32(18).fork(), _depth + 1).ldelim();
    if (message.reverseRules != null && message.reverseRules.length)
     for (let i = 0; i < message.reverseRules.length; ++i)
      $root.penstock.v1.ReverseRule.encode(message.reverseRules[i], writer.uint32(26).fork(), _depth + 1).ldelim();
    if (message.settings != null && $Object.hasOwnProperty.call(message, "settings"))
     $root.penstock.v1.DirectorySettings.encode(message.settings, writer.uint32(34).fork(), _depth + 1).ldelim();
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Location.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Location();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.match = $root.penstock.v1.Match.decode(reader, reader.size(), $undefined, _depth + 1, message.match);
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.route = $root.penstock.v1.Route.decode(reader, reader.size(), $undefined, _depth + 1, message.route);
       continue;
      }
     case 3: {
       if (wireType !== 2)
        break;
       if (!(message.reverseRules && message.reverseRules.length))
        message.reverseRules = [];
       message.reverseRules.push($root.penstock.v1.ReverseRule.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     case 4: {
       if (wireType !== 2)
        break;
       message.settings = $root.penstock.v1.DirectorySettings.decode(reader, reader.size(), $undefined, _depth + 1, message.settings);
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Location;
  })();

  v1.Match = (function() {

   const Match = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Match.prototype.prefix = null;
   Match.prototype.regex = null;

   let $oneOfFields;

   $Object.defineProperty(Match.prototype, "kind", {
    get: $util.oneOfGetter($oneOfFields = ["prefix", "regex"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Match.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.prefix != null && $Object.hasOwnProperty.call(message, "prefix"))
     writer.uint32(10).string(message.prefix);
    if (message.regex != null && $Object.hasOwnProperty.call(message, "regex"))
     writer.uint32(18).string(message.regex);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Match.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Match();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.prefix = reader.stringVerify();
       message.kind = "prefix";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.regex = reader.stringVerify();
       message.kind = "regex";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Match;
  })();

  v1.Route = (function() {

   const Route = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Route.prototype.match = null;
   Route.prototype.target = null;
   Route.prototype.nocanon = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Route.prototype, "_nocanon", {
    get: $util.oneOfGetter($oneOfFields = ["nocanon"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Route.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.match != null && $Object.hasOwnProperty.call(message, "match"))
     $root.penstock.v1.Match.encode(message.match, writer.uint32(10).fork(), _depth + 1).ldelim();
    if (message.target != null && $Object.hasOwnProperty.call(message, "target"))
     $root.penstock.v1.RouteTarget.encode(message.target, writer.uint32(18).fork(), _depth + 1).ldelim();
    if (message.nocanon != null && $Object.hasOwnProperty.call(message, "nocanon"))
     writer.uint32(24).bool(message.nocanon);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Route.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Route();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.match = $root.penstock.v1.Match.decode(reader, reader.size(), $undefined, _depth + 1, message.match);
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.target = $root.penstock.v1.RouteTarget.decode(reader, reader.size(), $undefined, _depth + 1, message.target);
       continue;
      }
     case 3: {
       if (wireType !== 0)
        break;
       message.nocanon = reader.bool();
       message._nocanon = "nocanon";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Route;
  })();

  v1.RouteTarget = (function() {

   const RouteTarget = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   RouteTarget.prototype.local = null;
   RouteTarget.prototype.balancer = null;
   RouteTarget.prototype.url = null;

   let $oneOfFields;

   $Object.defineProperty(RouteTarget.prototype, "kind", {
    get: $util.oneOfGetter($oneOfFields = ["local", "balancer", "url"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   RouteTarget.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.local != null && $Object.hasOwnProperty.call(message, "local"))
     writer.uint32(8).bool(message.local);
    if (message.balancer != null && $Object.hasOwnProperty.call(message, "balancer"))
     $root.penstock.v1.BalancerTarget.encode(message.balancer, writer.uint32(18).fork(), _depth + 1).ldelim();
    if (message.url != null && $Object.hasOwnProperty.call(message, "url"))
     writer.uint32(26).string(message.url);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   RouteTarget.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.RouteTarget();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 0)
        break;
       message.local = reader.bool();
       message.kind = "local";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.balancer = $root.penstock.v1.BalancerTarget.decode(reader, reader.size(), $undefined, _depth + 1, message.balancer);
       message.kind = "balancer";
       continue;
      }
     case 3: {
       if (wireType !== 2)
        break;
       message.url = reader.stringVerify();
       message.kind = "url";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return RouteTarget;
  })();

  v1.BalancerTarget = (function() {

   const BalancerTarget = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   BalancerTarget.prototype.name = null;
   BalancerTarget.prototype.path = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(BalancerTarget.prototype, "_name", {
    get: $util.oneOfGetter($oneOfFields = ["name"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(BalancerTarget.prototype, "_path", {
    get: $util.oneOfGetter($oneOfFields = ["path"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   BalancerTarget.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.name != null && $Object.hasOwnProperty.call(message, "name"))
     writer.uint32(10).string(message.name);
    if (message.path != null && $Object.hasOwnProperty.call(message, "path"))
     writer.uint32(18).string(message.path);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   BalancerTarget.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.BalancerTarget();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.name = reader.stringVerify();
       message._name = "name";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.path = reader.stringVerify();
       message._path = "path";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return BalancerTarget;
  })();

  v1.ReverseRule = (function() {

   const ReverseRule = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   ReverseRule.prototype.path = null;
   ReverseRule.prototype.target = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(ReverseRule.prototype, "_path", {
    get: $util.oneOfGetter($oneOfFields = ["path"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(ReverseRule.prototype, "_target", {
    get: $util.oneOfGetter($oneOfFields = ["target"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   ReverseRule.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.path != null && $Object.hasOwnProperty.call(message, "path"))
     writer.uint32(10).string(message.path);
    if (message.target != null && $Object.hasOwnProperty.call(message, "target"))
     writer.uint32(18).string(message.target);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   ReverseRule.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.ReverseRule();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.path = reader.stringVerify();
       message._path = "path";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.target = reader.stringVerify();
       message._target = "target";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return ReverseRule;
  })();

  v1.DirectorySettings = (function() {

   const DirectorySettings = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   DirectorySettings.prototype.proxyPreserveHost = null;
   DirectorySettings.prototype.proxyAddHeaders = null;
   DirectorySettings.prototype.limitRequestBody = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(DirectorySettings.prototype, "_proxyPreserveHost", {
    get: $util.oneOfGetter($oneOfFields = ["proxyPreserveHost"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(DirectorySettings.prototype, "_proxyAddHeaders", {
    get: $util.oneOfGetter($oneOfFields = ["proxyAddHeaders"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(DirectorySettings.prototype, "_limitRequestBody", {
    get: $util.oneOfGetter($oneOfFields = ["limitRequestBody"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   DirectorySettings.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.proxyPreserveHost != null && $Object.hasOwnProperty.call(message, "proxyPreserveHost"))
     writer.uint32(8).bool(message.proxyPreserveHost);
    if (message.proxyAddHeaders != null && $Object.hasOwnProperty.call(message, "proxyAddHeaders"))
     writer.uint32(16).bool(message.proxyAddHeaders);
    if (message.limitRequestBody != null && $Object.hasOwnProperty.call(message, "limitRequestBody"))
     writer.uint32(24).uint64(message.limitRequestBody);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   DirectorySettings.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.DirectorySettings();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 0)
        break;
       message.proxyPreserveHost = reader.bool();
       message._proxyPreserveHost = "proxyPreserveHost";
       continue;
      }
     case 2: {
       if (wireType !== 0)
        break;
       message.proxyAddHeaders = reader.bool();
       message._proxyAddHeaders = "proxyAddHeaders";
       continue;
      }
     case 3: {
       if (wireType !== 0)
        break;
       message.limitRequestBody = reader.uint64();
       message._limitRequestBody = "limitRequestBody";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return DirectorySettings;
  })();

  v1.ProxyVia = (function() {
   const valuesById = $Object.create(null), values = $Object.create(valuesById);
   values[valuesById[0] = "PROXY_VIA_UNSPECIFIED"] = 0;
   values[valuesById[1] = "PROXY_VIA_OFF"] = 1;
   values[valuesById[2] = "PROXY_VIA_ON"] = 2;
   values[valuesById[3] = "PROXY_VIA_FULL"] = 3;
   values[valuesById[4] = "PROXY_VIA_BLOCK"] = 4;
   return values;
  })();

  v1.ServerSettings = (function() {

   const ServerSettings = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   ServerSettings.prototype.directory = null;
   ServerSettings.prototype.timeoutMs = null;
   ServerSettings.prototype.proxyTimeoutMs = null;
   ServerSettings.prototype.keepAlive = null;
   ServerSettings.prototype.keepAliveTimeoutMs = null;
   ServerSettings.prototype.maxKeepAliveRequests = null;
   ServerSettings.prototype.proxyVia = null;
   ServerSettings.prototype.limitRequestLine = null;
   ServerSettings.prototype.limitRequestFieldSize = null;
   ServerSettings.prototype.limitRequestFields = null;
   ServerSettings.prototype.requestReadTimeout = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(ServerSettings.prototype, "_timeoutMs", {
    get: $util.oneOfGetter($oneOfFields = ["timeoutMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(ServerSettings.prototype, "_proxyTimeoutMs", {
    get: $util.oneOfGetter($oneOfFields = ["proxyTimeoutMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(ServerSettings.prototype, "_keepAlive", {
    get: $util.oneOfGetter($oneOfFields = ["keepAlive"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(ServerSettings.prototype, "_keepAliveTimeoutMs", {
    get: $util.oneOfGetter($oneOfFields = ["keepAliveTimeoutMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(ServerSettings.prototype, "_maxKeepAliveRequests", {
    get: $util.oneOfGetter($oneOfFields = ["maxKeepAliveRequests"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(ServerSettings.prototype, "_proxyVia", {
    get: $util.oneOfGetter($oneOfFields = ["proxyVia"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(ServerSettings.prototype, "_limitRequestLine", {
    get: $util.oneOfGetter($oneOfFields = ["limitRequestLine"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(ServerSettings.prototype, "_limitRequestFieldSize", {
    get: $util.oneOfGetter($oneOfFields = ["limitRequestFieldSize"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(ServerSettings.prototype, "_limitRequestFields", {
    get: $util.oneOfGetter($oneOfFields = ["limitRequestFields"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   ServerSettings.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.directory != null && $Object.hasOwnProperty.call(message, "directory"))
     $root.penstock.v1.DirectorySettings.encode(message.directory, writer.uint32(10).fork(), _depth + 1).ldelim();
    if (message.timeoutMs != null && $Object.hasOwnProperty.call(message, "timeoutMs"))
     writer.uint32(16).uint64(message.timeoutMs);
    if (message.proxyTimeoutMs != null && $Object.hasOwnProperty.call(message, "proxyTimeoutMs"))
     writer.uint32(24).uint64(message.proxyTimeoutMs);
    if (message.keepAlive != null && $Object.hasOwnProperty.call(message, "keepAlive"))
     writer.uint32(32).bool(message.keepAlive);
    if (message.keepAliveTimeoutMs != null && $Object.hasOwnProperty.call(message, "keepAliveTimeoutMs"))
     writer.uint32(40).uint64(message.keepAliveTimeoutMs);
    if (message.maxKeepAliveRequests != null && $Object.hasOwnProperty.call(message, "maxKeepAliveRequests"))
     writer.uint32(48).uint64(message.maxKeepAliveRequests);
    if (message.proxyVia != null && $Object.hasOwnProperty.call(message, "proxyVia"))
     writer.uint32(56).int32(message.proxyVia);
    if (message.limitRequestLine != null && $Object.hasOwnProperty.call(message, "limitRequestLine"))
     writer.uint32(64).uint64(message.limitRequestLine);
    if (message.limitRequestFieldSize != null && $Object.hasOwnProperty.call(message, "limitRequestFieldSize"))
     writer.uint32(72).uint64(message.limitRequestFieldSize);
    if (message.limitRequestFields != null && $Object.hasOwnProperty.call(message, "limitRequestFields"))
     writer.uint32(80).uint64(message.limitRequestFields);
    if (message.requestReadTimeout != null && $Object.hasOwnProperty.call(message, "requestReadTimeout"))
     $root.penstock.v1.RequestReadTimeout.encode(message.requestReadTimeout, writer.uint32(90).fork(), _depth + 1).ldelim();
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   ServerSettings.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.ServerSettings();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.directory = $root.penstock.v1.DirectorySettings.decode(reader, reader.size(), $undefined, _depth + 1, message.directory);
       continue;
      }
     case 2: {
       if (wireType !== 0)
        break;
       message.timeoutMs = reader.uint64();
       message._timeoutMs = "timeoutMs";
       continue;
      }
     case 3: {
       if (wireType !== 0)
        break;
       message.proxyTimeoutMs = reader.uint64();
       message._proxyTimeoutMs = "proxyTimeoutMs";
       continue;
      }
     case 4: {
       if (wireType !== 0)
        break;
       message.keepAlive = reader.bool();
       message._keepAlive = "keepAlive";
       continue;
      }
     case 5: {
       if (wireType !== 0)
        break;
       message.keepAliveTimeoutMs = reader.uint64();
       message._keepAliveTimeoutMs = "keepAliveTimeoutMs";
       continue;
      }
     case 6: {
       if (wireType !== 0)
        break;
       message.maxKeepAliveRequests = reader.uint64();
       message._maxKeepAliveRequests = "maxKeepAliveRequests";
       continue;
      }
     case 7: {
       if (wireType !== 0)
        break;
       message.proxyVia = reader.int32();
       message._proxyVia = "proxyVia";
       continue;
      }
     case 8: {
       if (wireType !== 0)
        break;
       message.limitRequestLine = reader.uint64();
       message._limitRequestLine = "limitRequestLine";
       continue;
      }
     case 9: {
       if (wireType !== 0)
        break;
       message.limitRequestFieldSize = reader.uint64();
       message._limitRequestFieldSize = "limitRequestFieldSize";
       continue;
      }
     case 10: {
       if (wireType !== 0)
        break;
       message.limitRequestFields = reader.uint64();
       message._limitRequestFields = "limitRequestFields";
       continue;
      }
     case 11: {
       if (wireType !== 2)
        break;
       message.requestReadTimeout = $root.penstock.v1.RequestReadTimeout.decode(reader, reader.size(), $undefined, _depth + 1, message.requestReadTimeout);
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return ServerSettings;
  })();

  v1.RequestReadTimeout = (function() {

   const RequestReadTimeout = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   RequestReadTimeout.prototype.header = null;
   RequestReadTimeout.prototype.body = null;

   RequestReadTimeout.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.header != null && $Object.hasOwnProperty.call(message, "header"))
     $root.penstock.v1.ReadTimeoutStage.encode(message.header, writer.uint32(10).fork(), _depth + 1).ldelim();
    if (message.body != null && $Object.hasOwnProperty.call(message, "body"))
     $root.penstock.v1.ReadTimeoutStage.encode(message.body, writer.uint32(18).fork(), _depth + 1).ldelim();
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   RequestReadTimeout.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.RequestReadTimeout();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.header = $root.penstock.v1.ReadTimeoutStage.decode(reader, reader.size(), $undefined, _depth + 1, message.header);
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.body = $root.penstock.v1.ReadTimeoutStage.decode(reader, reader.size(), $undefined, _depth + 1, message.body);
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return RequestReadTimeout;
  })();

  v1.ReadTimeoutStage = (function() {

   const ReadTimeoutStage = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   ReadTimeoutStage.prototype.initialMs = null;
   ReadTimeoutStage.prototype.maxMs = null;
   ReadTimeoutStage.prototype.minRate = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(ReadTimeoutStage.prototype, "_initialMs", {
    get: $util.oneOfGetter($oneOfFields = ["initialMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(ReadTimeoutStage.prototype, "_maxMs", {
    get: $util.oneOfGetter($oneOfFields = ["maxMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(ReadTimeoutStage.prototype, "_minRate", {
    get: $util.oneOfGetter($oneOfFields = ["minRate"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   ReadTimeoutStage.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.initialMs != null && $Object.hasOwnProperty.call(message, "initialMs"))
     writer.uint32(8).uint64(message.initialMs);
    if (message.maxMs != null && $Object.hasOwnProperty.call(message, "maxMs"))
     writer.uint32(16).uint64(message.maxMs);
    if (message.minRate != null && $Object.hasOwnProperty.call(message, "minRate"))
     writer.uint32(24).uint64(message.minRate);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   ReadTimeoutStage.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.ReadTimeoutStage();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 0)
        break;
       message.initialMs = reader.uint64();
       message._initialMs = "initialMs";
       continue;
      }
     case 2: {
       if (wireType !== 0)
        break;
       message.maxMs = reader.uint64();
       message._maxMs = "maxMs";
       continue;
      }
     case 3: {
       if (wireType !== 0)
        break;
       message.minRate = reader.uint64();
       message._minRate = "minRate";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return ReadTimeoutStage;
  })();

  v1.Worker = (function() {

   const Worker = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Worker.prototype.url = null;
   Worker.prototype.parameters = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Worker.prototype, "_url", {
    get: $util.oneOfGetter($oneOfFields = ["url"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Worker.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.url != null && $Object.hasOwnProperty.call(message, "url"))
     writer.uint32(10).string(message.url);
    if (message.parameters != null && $Object.hasOwnProperty.call(message, "parameters"))
     $root.penstock.v1.WorkerParameters.encode(message.parameters, writer.uint32(18).fork(), _depth + 1).ldelim();
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Worker.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Worker();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.url = reader.stringVerify();
       message._url = "url";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.parameters = $root.penstock.v1.WorkerParameters.decode(reader, reader.size(), $undefined, _depth + 1, message.parameters);
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Worker;
  })();

  v1.WorkerParameters = (function() {

   const WorkerParameters = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   WorkerParameters.prototype.loadfactor = null;
   WorkerParameters.prototype.lbset = null;
   WorkerParameters.prototype.status = null;
   WorkerParameters.prototype.route = null;
   WorkerParameters.prototype.redirect = null;
   WorkerParameters.prototype.retryMs = null;
   WorkerParameters.prototype.timeoutMs = null;
   WorkerParameters.prototype.connectiontimeoutMs = null;
   WorkerParameters.prototype.acquireMs = null;
   WorkerParameters.prototype.max = null;
   WorkerParameters.prototype.smax = null;
   WorkerParameters.prototype.min = null;
   WorkerParameters.prototype.ttlMs = null;
   WorkerParameters.prototype.keepalive = null;
   WorkerParameters.prototype.disablereuse = null;
   WorkerParameters.prototype.addressttlMs = null;
   WorkerParameters.prototype.pingMs = null;
   WorkerParameters.prototype.iobuffersize = null;
   WorkerParameters.prototype.receivebuffersize = null;
   WorkerParameters.prototype.responsefieldsize = null;
   WorkerParameters.prototype.upgrade = null;
   WorkerParameters.prototype.hcmethod = null;
   WorkerParameters.prototype.hcintervalMs = null;
   WorkerParameters.prototype.hcpasses = null;
   WorkerParameters.prototype.hcfails = null;
   WorkerParameters.prototype.hcuri = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_loadfactor", {
    get: $util.oneOfGetter($oneOfFields = ["loadfactor"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_lbset", {
    get: $util.oneOfGetter($oneOfFields = ["lbset"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_status", {
    get: $util.oneOfGetter($oneOfFields = ["status"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_route", {
    get: $util.oneOfGetter($oneOfFields = ["route"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_redirect", {
    get: $util.oneOfGetter($oneOfFields = ["redirect"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_retryMs", {
    get: $util.oneOfGetter($oneOfFields = ["retryMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_timeoutMs", {
    get: $util.oneOfGetter($oneOfFields = ["timeoutMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_connectiontimeoutMs", {
    get: $util.oneOfGetter($oneOfFields = ["connectiontimeoutMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_acquireMs", {
    get: $util.oneOfGetter($oneOfFields = ["acquireMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_max", {
    get: $util.oneOfGetter($oneOfFields = ["max"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_smax", {
    get: $util.oneOfGetter($oneOfFields = ["smax"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_min", {
    get: $util.oneOfGetter($oneOfFields = ["min"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_ttlMs", {
    get: $util.oneOfGetter($oneOfFields = ["ttlMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_keepalive", {
    get: $util.oneOfGetter($oneOfFields = ["keepalive"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_disablereuse", {
    get: $util.oneOfGetter($oneOfFields = ["disablereuse"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_addressttlMs", {
    get: $util.oneOfGetter($oneOfFields = ["addressttlMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_pingMs", {
    get: $util.oneOfGetter($oneOfFields = ["pingMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_iobuffersize", {
    get: $util.oneOfGetter($oneOfFields = ["iobuffersize"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_receivebuffersize", {
    get: $util.oneOfGetter($oneOfFields = ["receivebuffersize"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_responsefieldsize", {
    get: $util.oneOfGetter($oneOfFields = ["responsefieldsize"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_upgrade", {
    get: $util.oneOfGetter($oneOfFields = ["upgrade"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_hcmethod", {
    get: $util.oneOfGetter($oneOfFields = ["hcmethod"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_hcintervalMs", {
    get: $util.oneOfGetter($oneOfFields = ["hcintervalMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_hcpasses", {
    get: $util.oneOfGetter($oneOfFields = ["hcpasses"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_hcfails", {
    get: $util.oneOfGetter($oneOfFields = ["hcfails"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerParameters.prototype, "_hcuri", {
    get: $util.oneOfGetter($oneOfFields = ["hcuri"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   WorkerParameters.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.loadfactor != null && $Object.hasOwnProperty.call(message, "loadfactor"))
     writer.uint32(9).double(message.loadfactor);
    if (message.lbset != null && $Object.hasOwnProperty.call(message, "lbset"))
     writer.uint32(16).uint32(message.lbset);
    if (message.status != null && $Object.hasOwnProperty.call(message, "status"))
     writer.uint32(26).string(message.status);
    if (message.route != null && $Object.hasOwnProperty.call(message, "route"))
     writer.uint32(34).string(message.route);
    if (message.redirect != null && $Object.hasOwnProperty.call(message, "redirect"))
     writer.uint32(42).string(message.redirect);
    if (message.retryMs != null && $Object.hasOwnProperty.call(message, "retryMs"))
     writer.uint32(48).uint64(message.retryMs);
    if (message.timeoutMs != null && $Object.hasOwnProperty.call(message, "timeoutMs"))
     writer.uint32(56).uint64(message.timeoutMs);
    if (message.connectiontimeoutMs != null && $Object.hasOwnProperty.call(message, "connectiontimeoutMs"))
     writer.uint32(64).uint64(message.connectiontimeoutMs);
    if (message.acquireMs != null && $Object.hasOwnProperty.call(message, "acquireMs"))
     writer.uint32(72).uint64(message.acquireMs);
    if (message.max != null && $Object.hasOwnProperty.call(message, "max"))
     writer.uint32(80).uint64(message.max);
    if (message.smax != null && $Object.hasOwnProperty.call(message, "smax"))
     writer.uint32(88).uint64(message.smax);
    if (message.min != null && $Object.hasOwnProperty.call(message, "min"))
     writer.uint32(96).uint64(message.min);
    if (message.ttlMs != null && $Object.hasOwnProperty.call(message, "ttlMs"))
     writer.uint32(104).uint64(message.ttlMs);
    if (message.keepalive != null && $Object.hasOwnProperty.call(message, "keepalive"))
     writer.uint32(112).bool(message.keepalive);
    if (message.disablereuse != null && $Object.hasOwnProperty.call(message, "disablereuse"))
     writer.uint32(120).bool(message.disablereuse);
    if (message.addressttlMs != null && $Object.hasOwnProperty.call(message, "addressttlMs"))
     writer.uint32(128).sint64(message.addressttlMs);
    if (message.pingMs != null && $Object.hasOwnProperty.call(message, "pingMs"))
     writer.uint32(136).uint64(message.pingMs);
    if (message.iobuffersize != null && $Object.hasOwnProperty.call(message, "iobuffersize"))
     writer.uint32(144).uint64(message.iobuffersize);
    if (message.receivebuffersize != null && $Object.hasOwnProperty.call(message, "receivebuffersize"))
     writer.uint32(152).uint64(message.receivebuffersize);
    if (message.responsefieldsize != null && $Object.hasOwnProperty.call(message, "responsefieldsize"))
     writer.uint32(160).uint64(message.responsefieldsize);
    if (message.upgrade != null && $Object.hasOwnProperty.call(message, "upgrade"))
     writer.uint32(170).string(message.upgrade);
    if (message.hcmethod != null && $Object.hasOwnProperty.call(message, "hcmethod"))
     writer.uint32(178).string(message.hcmethod);
    if (message.hcintervalMs != null && $Object.hasOwnProperty.call(message, "hcintervalMs"))
     writer.uint32(184).uint64(message.hcintervalMs);
    if (message.hcpasses != null && $Object.hasOwnProperty.call(message, "hcpasses"))
     writer.uint32(192).uint32(message.hcpasses);
    if (message.hcfails != null && $Object.hasOwnProperty.call(message, "hcfails"))
     writer.uint32(200).uint32(message.hcfails);
    if (message.hcuri != null && $Object.hasOwnProperty.call(message, "hcuri"))
     writer.uint32(210).string(message.hcuri);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   WorkerParameters.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.WorkerParameters();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 1)
        break;
       message.loadfactor = reader.double();
       message._loadfactor = "loadfactor";
       continue;
      }
     case 2: {
       if (wireType !== 0)
        break;
       message.lbset = reader.uint32();
       message._lbset = "lbset";
       continue;
      }
     case 3: {
       if (wireType !== 2)
        break;
       message.status = reader.stringVerify();
       message._status = "status";
       continue;
      }
     case 4: {
       if (wireType !== 2)
        break;
       message.route = reader.stringVerify();
       message._route = "route";
       continue;
      }
     case 5: {
       if (wireType !== 2)
        break;
       message.redirect = reader.stringVerify();
       message._redirect = "redirect";
       continue;
      }
     case 6: {
       if (wireType !== 0)
        break;
       message.retryMs = reader.uint64();
       message._retryMs = "retryMs";
       continue;
      }
     case 7: {
       if (wireType !== 0)
        break;
       message.timeoutMs = reader.uint64();
       message._timeoutMs = "timeoutMs";
       continue;
      }
     case 8: {
       if (wireType !== 0)
        break;
       message.connectiontimeoutMs = reader.uint64();
       message._connectiontimeoutMs = "connectiontimeoutMs";
       continue;
      }
     case 9: {
       if (wireType !== 0)
        break;
       message.acquireMs = reader.uint64();
       message._acquireMs = "acquireMs";
       continue;
      }
     case 10: {
       if (wireType !== 0)
        break;
       message.max = reader.uint64();
       message._max = "max";
       continue;
      }
     case 11: {
       if (wireType !== 0)
        break;
       message.smax = reader.uint64();
       message._smax = "smax";
       continue;
      }
     case 12: {
       if (wireType !== 0)
        break;
       message.min = reader.uint64();
       message._min = "min";
       continue;
      }
     case 13: {
       if (wireType !== 0)
        break;
       message.ttlMs = reader.uint64();
       message._ttlMs = "ttlMs";
       continue;
      }
     case 14: {
       if (wireType !== 0)
        break;
       message.keepalive = reader.bool();
       message._keepalive = "keepalive";
       continue;
      }
     case 15: {
       if (wireType !== 0)
        break;
       message.disablereuse = reader.bool();
       message._disablereuse = "disablereuse";
       continue;
      }
     case 16: {
       if (wireType !== 0)
        break;
       message.addressttlMs = reader.sint64();
       message._addressttlMs = "addressttlMs";
       continue;
      }
     case 17: {
       if (wireType !== 0)
        break;
       message.pingMs = reader.uint64();
       message._pingMs = "pingMs";
       continue;
      }
     case 18: {
       if (wireType !== 0)
        break;
       message.iobuffersize = reader.uint64();
       message._iobuffersize = "iobuffersize";
       continue;
      }
     case 19: {
       if (wireType !== 0)
        break;
       message.receivebuffersize = reader.uint64();
       message._receivebuffersize = "receivebuffersize";
       continue;
      }
     case 20: {
       if (wireType !== 0)
        break;
       message.responsefieldsize = reader.uint64();
       message._responsefieldsize = "responsefieldsize";
       continue;
      }
     case 21: {
       if (wireType !== 2)
        break;
       message.upgrade = reader.stringVerify();
       message._upgrade = "upgrade";
       continue;
      }
     case 22: {
       if (wireType !== 2)
        break;
       message.hcmethod = reader.stringVerify();
       message._hcmethod = "hcmethod";
       continue;
      }
     case 23: {
       if (wireType !== 0)
        break;
       message.hcintervalMs = reader.uint64();
       message._hcintervalMs = "hcintervalMs";
       continue;
      }
     case 24: {
       if (wireType !== 0)
        break;
       message.hcpasses = reader.uint32();
       message._hcpasses = "hcpasses";
       continue;
      }
     case 25: {
       if (wireType !== 0)
        break;
       message.hcfails = reader.uint32();
       message._hcfails = "hcfails";
       continue;
      }
     case 26: {
       if (wireType !== 2)
        break;
       message.hcuri = reader.stringVerify();
       message._hcuri = "hcuri";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return WorkerParameters;
  })();

  v1.Balancer = (function() {

   const Balancer = function (properties) {
    this.members = [];
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Balancer.prototype.name = null;
   Balancer.prototype.virtualHost = null;
   Balancer.prototype.parameters = null;
   Balancer.prototype.members = $util.emptyArray;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Balancer.prototype, "_name", {
    get: $util.oneOfGetter($oneOfFields = ["name"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Balancer.prototype, "_virtualHost", {
    get: $util.oneOfGetter($oneOfFields = ["virtualHost"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Balancer.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.name != null && $Object.hasOwnProperty.call(message, "name"))
     writer.uint32(10).string(message.name);
    if (message.virtualHost != null && $Object.hasOwnProperty.call(message, "virtualHost"))
     writer.uint32(18).string(message.virtualHost);
    if (message.parameters != null && $Object.hasOwnProperty.call(message, "parameters"))
     $root.penstock.v1.BalancerParameters.encode(message.parameters, writer.uint32(26).fork(), _depth + 1).ldelim();
    if (message.members != null && message.members.length)
     for (let i = 0; i < message.members.length; ++i)
      $root.penstock.v1.Worker.encode(message.members[i], writer.uint32(34).fork(), _depth + 1).ldelim();
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Balancer.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Balancer();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.name = reader.stringVerify();
       message._name = "name";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.virtualHost = reader.stringVerify();
       message._virtualHost = "virtualHost";
       continue;
      }
     case 3: {
       if (wireType !== 2)
        break;
       message.parameters = $root.penstock.v1.BalancerParameters.decode(reader, reader.size(), $undefined, _depth + 1, message.parameters);
       continue;
      }
     case 4: {
       if (wireType !== 2)
        break;
       if (!(message.members && message.members.length))
        message.members = [];
       message.members.push($root.penstock.v1.Worker.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Balancer;
  })();

  v1.LbMethod = (function() {
   const valuesById = $Object.create(null), values = $Object.create(valuesById);
   values[valuesById[0] = "LB_METHOD_UNSPECIFIED"] = 0;
   values[valuesById[1] = "LB_METHOD_BYREQUESTS"] = 1;
   values[valuesById[2] = "LB_METHOD_BYTRAFFIC"] = 2;
   values[valuesById[3] = "LB_METHOD_BYBUSYNESS"] = 3;
   return values;
  })();

  v1.BalancerParameters = (function() {

   const BalancerParameters = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   BalancerParameters.prototype.lbmethod = null;
   BalancerParameters.prototype.maxattempts = null;
   BalancerParameters.prototype.timeoutMs = null;
   BalancerParameters.prototype.stickysession = null;
   BalancerParameters.prototype.stickysessionsep = null;
   BalancerParameters.prototype.scolonpathdelim = null;
   BalancerParameters.prototype.nofailover = null;
   BalancerParameters.prototype.failonstatus = null;
   BalancerParameters.prototype.failontimeout = null;
   BalancerParameters.prototype.forcerecovery = null;
   BalancerParameters.prototype.growth = null;
   BalancerParameters.prototype.nonce = null;
   BalancerParameters.prototype.verdict = null;
   BalancerParameters.prototype.panic = null;
   BalancerParameters.prototype.fleetbalance = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(BalancerParameters.prototype, "_lbmethod", {
    get: $util.oneOfGetter($oneOfFields = ["lbmethod"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(BalancerParameters.prototype, "_maxattempts", {
    get: $util.oneOfGetter($oneOfFields = ["maxattempts"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(BalancerParameters.prototype, "_timeoutMs", {
    get: $util.oneOfGetter($oneOfFields = ["timeoutMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(BalancerParameters.prototype, "_stickysessionsep", {
    get: $util.oneOfGetter($oneOfFields = ["stickysessionsep"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(BalancerParameters.prototype, "_scolonpathdelim", {
    get: $util.oneOfGetter($oneOfFields = ["scolonpathdelim"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(BalancerParameters.prototype, "_nofailover", {
    get: $util.oneOfGetter($oneOfFields = ["nofailover"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(BalancerParameters.prototype, "_failontimeout", {
    get: $util.oneOfGetter($oneOfFields = ["failontimeout"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(BalancerParameters.prototype, "_forcerecovery", {
    get: $util.oneOfGetter($oneOfFields = ["forcerecovery"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(BalancerParameters.prototype, "_growth", {
    get: $util.oneOfGetter($oneOfFields = ["growth"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(BalancerParameters.prototype, "_nonce", {
    get: $util.oneOfGetter($oneOfFields = ["nonce"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(BalancerParameters.prototype, "_verdict", {
    get: $util.oneOfGetter($oneOfFields = ["verdict"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(BalancerParameters.prototype, "_panic", {
    get: $util.oneOfGetter($oneOfFields = ["panic"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(BalancerParameters.prototype, "_fleetbalance", {
    get: $util.oneOfGetter($oneOfFields = ["fleetbalance"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   BalancerParameters.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.lbmethod != null && $Object.hasOwnProperty.call(message, "lbmethod"))
     writer.uint32(8).int32(message.lbmethod);
    if (message.maxattempts != null && $Object.hasOwnProperty.call(message, "maxattempts"))
     writer.uint32(16).uint64(message.maxattempts);
    if (message.timeoutMs != null && $Object.hasOwnProperty.call(message, "timeoutMs"))
     writer.uint32(24).uint64(message.timeoutMs);
    if (message.stickysession != null && $Object.hasOwnProperty.call(message, "stickysession"))
     $root.penstock.v1.StickySession.encode(message.stickysession, writer.uint32(34).fork(), _depth + 1).ldelim();
    if (message.stickysessionsep != null && $Object.hasOwnProperty.call(message, "stickysessionsep"))
     writer.uint32(42).string(message.stickysessionsep);
    if (message.scolonpathdelim != null && $Object.hasOwnProperty.call(message, "scolonpathdelim"))
     writer.uint32(48).bool(message.scolonpathdelim);
    if (message.nofailover != null && $Object.hasOwnProperty.call(message, "nofailover"))
     writer.uint32(56).bool(message.nofailover);
    if (message.failonstatus != null && $Object.hasOwnProperty.call(message, "failonstatus"))
     $root.penstock.v1.StatusList.encode(message.failonstatus, writer.uint32(66).fork(), _depth + 1).ldelim();
    if (message.failontimeout != null && $Object.hasOwnProperty.call(message, "failontimeout"))
     writer.uint32(72).bool(message.failontimeout);
    if (message.forcerecovery != null && $Object.hasOwnProperty.call(message, "forcerecovery"))
     writer.uint32(80).bool(message.forcerecovery);
    if (message.growth != null && $Object.hasOwnProperty.call(message, "growth"))
     writer.uint32(88).uint64(message.growth);
    if (message.nonce != null && $Object.hasOwnProperty.call(message, "nonce"))
     writer.uint32(98).string(message.nonce);
    if (message.verdict != null && $Object.hasOwnProperty.call(message, "verdict"))
     writer.uint32(106).string(message.verdict);
    if (message.panic != null && $Object.hasOwnProperty.call(message, "panic"))
     writer.uint32(112).uint32(message.panic);
    if (message.fleetbalance != null && $Object.hasOwnProperty.call(message, "fleetbalance"))
     writer.uint32(120).bool(message.fleetbalance);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   BalancerParameters.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.BalancerParameters();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 0)
        break;
       message.lbmethod = reader.int32();
       message._lbmethod = "lbmethod";
       continue;
      }
     case 2: {
       if (wireType !== 0)
        break;
       message.maxattempts = reader.uint64();
       message._maxattempts = "maxattempts";
       continue;
      }
     case 3: {
       if (wireType !== 0)
        break;
       message.timeoutMs = reader.uint64();
       message._timeoutMs = "timeoutMs";
       continue;
      }
     case 4: {
       if (wireType !== 2)
        break;
       message.stickysession = $root.penstock.v1.StickySession.decode(reader, reader.size(), $undefined, _depth + 1, message.stickysession);
       continue;
      }
     case 5: {
       if (wireType !== 2)
        break;
       message.stickysessionsep = reader.stringVerify();
       message._stickysessionsep = "stickysessionsep";
       continue;
      }
     case 6: {
       if (wireType !== 0)
        break;
       message.scolonpathdelim = reader.bool();
       message._scolonpathdelim = "scolonpathdelim";
       continue;
      }
     case 7: {
       if (wireType !== 0)
        break;
       message.nofailover = reader.bool();
       message._nofailover = "nofailover";
       continue;
      }
     case 8: {
       if (wireType !== 2)
        break;
       message.failonstatus = $root.penstock.v1.StatusList.decode(reader, reader.size(), $undefined, _depth + 1, message.failonstatus);
       continue;
      }
     case 9: {
       if (wireType !== 0)
        break;
       message.failontimeout = reader.bool();
       message._failontimeout = "failontimeout";
       continue;
      }
     case 10: {
       if (wireType !== 0)
        break;
       message.forcerecovery = reader.bool();
       message._forcerecovery = "forcerecovery";
       continue;
      }
     case 11: {
       if (wireType !== 0)
        break;
       message.growth = reader.uint64();
       message._growth = "growth";
       continue;
      }
     case 12: {
       if (wireType !== 2)
        break;
       message.nonce = reader.stringVerify();
       message._nonce = "nonce";
       continue;
      }
     case 13: {
       if (wireType !== 2)
        break;
       message.verdict = reader.stringVerify();
       message._verdict = "verdict";
       continue;
      }
     case 14: {
       if (wireType !== 0)
        break;
       message.panic = reader.uint32();
       message._panic = "panic";
       continue;
      }
     case 15: {
       if (wireType !== 0)
        break;
       message.fleetbalance = reader.bool();
       message._fleetbalance = "fleetbalance";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return BalancerParameters;
  })();

  v1.StickySession = (function() {

   const StickySession = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   StickySession.prototype.cookie = null;
   StickySession.prototype.url = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(StickySession.prototype, "_cookie", {
    get: $util.oneOfGetter($oneOfFields = ["cookie"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(StickySession.prototype, "_url", {
    get: $util.oneOfGetter($oneOfFields = ["url"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   StickySession.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.cookie != null && $Object.hasOwnProperty.call(message, "cookie"))
     writer.uint32(10).string(message.cookie);
    if (message.url != null && $Object.hasOwnProperty.call(message, "url"))
     writer.uint32(18).string(message.url);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   StickySession.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.StickySession();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.cookie = reader.stringVerify();
       message._cookie = "cookie";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.url = reader.stringVerify();
       message._url = "url";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return StickySession;
  })();

  v1.StatusList = (function() {

   const StatusList = function (properties) {
    this.statuses = [];
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   StatusList.prototype.statuses = $util.emptyArray;

   StatusList.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.statuses != null && message.statuses.length)
     writer.uint32(10).uint32s(message.statuses);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   StatusList.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.StatusList();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType === 2) {
        if (!(message.statuses && message.statuses.length))
         message.statuses = [];
        reader.uint32s(message.statuses);
        continue;
       }
       if (wireType !== 0)
        break;
       if (!(message.statuses && message.statuses.length))
        message.statuses = [];
       message.statuses.push(reader.uint32());
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return StatusList;
  })();

  v1.Override = (function() {

   const Override = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Override.prototype.balancer = null;
   Override.prototype.worker = null;
   Override.prototype.parameters = null;
   Override.prototype.actor = null;
   Override.prototype.reason = null;
   Override.prototype.sinceMs = null;
   Override.prototype.untilMs = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Override.prototype, "_balancer", {
    get: $util.oneOfGetter($oneOfFields = ["balancer"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Override.prototype, "_worker", {
    get: $util.oneOfGetter($oneOfFields = ["worker"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Override.prototype, "_actor", {
    get: $util.oneOfGetter($oneOfFields = ["actor"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Override.prototype, "_reason", {
    get: $util.oneOfGetter($oneOfFields = ["reason"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Override.prototype, "_sinceMs", {
    get: $util.oneOfGetter($oneOfFields = ["sinceMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Override.prototype, "_untilMs", {
    get: $util.oneOfGetter($oneOfFields = ["untilMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Override.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.balancer != null && $Object.hasOwnProperty.call(message, "balancer"))
     writer.uint32(10).string(message.balancer);
    if (message.worker != null && $Object.hasOwnProperty.call(message, "worker"))
     writer.uint32(18).string(message.worker);
    if (message.parameters != null && $Object.hasOwnProperty.call(message, "parameters"))
     $root.penstock.v1.OverrideParameters.encode(message.parameters, writer.uint32(26).fork(), _depth + 1).ldelim();
    if (message.actor != null && $Object.hasOwnProperty.call(message, "actor"))
     writer.uint32(34).string(message.actor);
    if (message.reason != null && $Object.hasOwnProperty.call(message, "reason"))
     writer.uint32(42).string(message.reason);
    if (message.sinceMs != null && $Object.hasOwnProperty.call(message, "sinceMs"))
     writer.uint32(48).uint64(message.sinceMs);
    if (message.untilMs != null && $Object.hasOwnProperty.call(message, "untilMs"))
     writer.uint32(56).uint64(message.untilMs);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Override.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Override();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.balancer = reader.stringVerify();
       message._balancer = "balancer";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.worker = reader.stringVerify();
       message._worker = "worker";
       continue;
      }
     case 3: {
       if (wireType !== 2)
        break;
       message.parameters = $root.penstock.v1.OverrideParameters.decode(reader, reader.size(), $undefined, _depth + 1, message.parameters);
       continue;
      }
     case 4: {
       if (wireType !== 2)
        break;
       message.actor = reader.stringVerify();
       message._actor = "actor";
       continue;
      }
     case 5: {
       if (wireType !== 2)
        break;
       message.reason = reader.stringVerify();
       message._reason = "reason";
       continue;
      }
     case 6: {
       if (wireType !== 0)
        break;
       message.sinceMs = reader.uint64();
       message._sinceMs = "sinceMs";
       continue;
      }
     case 7: {
       if (wireType !== 0)
        break;
       message.untilMs = reader.uint64();
       message._untilMs = "untilMs";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Override;
  })();

  v1.OverrideParameters = (function() {

   const OverrideParameters = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   OverrideParameters.prototype.status = null;
   OverrideParameters.prototype.loadfactor = null;
   OverrideParameters.prototype.lbset = null;
   OverrideParameters.prototype.route = null;
   OverrideParameters.prototype.redirect = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(OverrideParameters.prototype, "_loadfactor", {
    get: $util.oneOfGetter($oneOfFields = ["loadfactor"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(OverrideParameters.prototype, "_lbset", {
    get: $util.oneOfGetter($oneOfFields = ["lbset"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(OverrideParameters.prototype, "_route", {
    get: $util.oneOfGetter($oneOfFields = ["route"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(OverrideParameters.prototype, "_redirect", {
    get: $util.oneOfGetter($oneOfFields = ["redirect"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   OverrideParameters.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.status != null && $Object.hasOwnProperty.call(message, "status"))
     $root.penstock.v1.StatusChange.encode(message.status, writer.uint32(10).fork(), _depth + 1).ldelim();
    if (message.loadfactor != null && $Object.hasOwnProperty.call(message, "loadfactor"))
     writer.uint32(17).double(message.loadfactor);
    if (message.lbset != null && $Object.hasOwnProperty.call(message, "lbset"))
     writer.uint32(24).uint32(message.lbset);
    if (message.route != null && $Object.hasOwnProperty.call(message, "route"))
     writer.uint32(34).string(message.route);
    if (message.redirect != null && $Object.hasOwnProperty.call(message, "redirect"))
     writer.uint32(42).string(message.redirect);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   OverrideParameters.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.OverrideParameters();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.status = $root.penstock.v1.StatusChange.decode(reader, reader.size(), $undefined, _depth + 1, message.status);
       continue;
      }
     case 2: {
       if (wireType !== 1)
        break;
       message.loadfactor = reader.double();
       message._loadfactor = "loadfactor";
       continue;
      }
     case 3: {
       if (wireType !== 0)
        break;
       message.lbset = reader.uint32();
       message._lbset = "lbset";
       continue;
      }
     case 4: {
       if (wireType !== 2)
        break;
       message.route = reader.stringVerify();
       message._route = "route";
       continue;
      }
     case 5: {
       if (wireType !== 2)
        break;
       message.redirect = reader.stringVerify();
       message._redirect = "redirect";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return OverrideParameters;
  })();

  v1.StatusChange = (function() {

   const StatusChange = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   StatusChange.prototype.set = null;
   StatusChange.prototype.clear = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(StatusChange.prototype, "_set", {
    get: $util.oneOfGetter($oneOfFields = ["set"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(StatusChange.prototype, "_clear", {
    get: $util.oneOfGetter($oneOfFields = ["clear"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   StatusChange.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.set != null && $Object.hasOwnProperty.call(message, "set"))
     writer.uint32(8).uint32(message.set);
    if (message.clear != null && $Object.hasOwnProperty.call(message, "clear"))
     writer.uint32(16).uint32(message.clear);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   StatusChange.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.StatusChange();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 0)
        break;
       message.set = reader.uint32();
       message._set = "set";
       continue;
      }
     case 2: {
       if (wireType !== 0)
        break;
       message.clear = reader.uint32();
       message._clear = "clear";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return StatusChange;
  })();

  v1.Snapshot = (function() {

   const Snapshot = function (properties) {
    this.overrides = [];
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Snapshot.prototype.fleet = null;
   Snapshot.prototype.revision = null;
   Snapshot.prototype.definition = null;
   Snapshot.prototype.overrides = $util.emptyArray;
   Snapshot.prototype.allowShrink = null;
   Snapshot.prototype.shrinkAllowedAt = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Snapshot.prototype, "_fleet", {
    get: $util.oneOfGetter($oneOfFields = ["fleet"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Snapshot.prototype, "_revision", {
    get: $util.oneOfGetter($oneOfFields = ["revision"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Snapshot.prototype, "_allowShrink", {
    get: $util.oneOfGetter($oneOfFields = ["allowShrink"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Snapshot.prototype, "_shrinkAllowedAt", {
    get: $util.oneOfGetter($oneOfFields = ["shrinkAllowedAt"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Snapshot.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.fleet != null && $Object.hasOwnProperty.call(message, "fleet"))
     writer.uint32(10).string(message.fleet);
    if (message.revision != null && $Object.hasOwnProperty.call(message, "revision"))
     writer.uint32(16).uint64(message.revision);
    if (message.definition != null && $Object.hasOwnProperty.call(message, "definition"))
     $root.penstock.v1.Definition.encode(message.definition, writer.uint32(26).fork(), _depth + 1).ldelim();
    if (message.overrides != null && message.overrides.length)
     for (let i = 0; i < message.overrides.length; ++i)
      $root.penstock.v1.Override.encode(message.overrides[i], writer.uint32(34).fork(), _depth + 1).ldelim();
    if (message.allowShrink != null && $Object.hasOwnProperty.call(message, "allowShrink"))
     writer.uint32(40).bool(message.allowShrink);
    if (message.shrinkAllowedAt != null && $Object.hasOwnProperty.call(message, "shrinkAllowedAt"))
     writer.uint32(48).uint64(message.shrinkAllowedAt);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Snapshot.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Snapshot();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.fleet = reader.stringVerify();
       message._fleet = "fleet";
       continue;
      }
     case 2: {
       if (wireType !== 0)
        break;
       message.revision = reader.uint64();
       message._revision = "revision";
       continue;
      }
     case 3: {
       if (wireType !== 2)
        break;
       message.definition = $root.penstock.v1.Definition.decode(reader, reader.size(), $undefined, _depth + 1, message.definition);
       continue;
      }
     case 4: {
       if (wireType !== 2)
        break;
       if (!(message.overrides && message.overrides.length))
        message.overrides = [];
       message.overrides.push($root.penstock.v1.Override.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     case 5: {
       if (wireType !== 0)
        break;
       message.allowShrink = reader.bool();
       message._allowShrink = "allowShrink";
       continue;
      }
     case 6: {
       if (wireType !== 0)
        break;
       message.shrinkAllowedAt = reader.uint64();
       message._shrinkAllowedAt = "shrinkAllowedAt";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Snapshot;
  })();

  v1.Head = (function() {

   const Head = function (properties) {
    this.requiredFeatures = [];
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Head.prototype.fleet = null;
   Head.prototype.epoch = null;
   Head.prototype.revision = null;
   Head.prototype.chainHash = null;
   Head.prototype.stateHash = null;
   Head.prototype.snapshotRevision = null;
   Head.prototype.snapshotHash = null;
   Head.prototype.requiredFeatures = $util.emptyArray;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Head.prototype, "_fleet", {
    get: $util.oneOfGetter($oneOfFields = ["fleet"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Head.prototype, "_epoch", {
    get: $util.oneOfGetter($oneOfFields = ["epoch"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Head.prototype, "_revision", {
    get: $util.oneOfGetter($oneOfFields = ["revision"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Head.prototype, "_chainHash", {
    get: $util.oneOfGetter($oneOfFields = ["chainHash"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Head.prototype, "_stateHash", {
    get: $util.oneOfGetter($oneOfFields = ["stateHash"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Head.prototype, "_snapshotRevision", {
    get: $util.oneOfGetter($oneOfFields = ["snapshotRevision"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Head.prototype, "_snapshotHash", {
    get: $util.oneOfGetter($oneOfFields = ["snapshotHash"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Head.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.fleet != null && $Object.hasOwnProperty.call(message, "fleet"))
     writer.uint32(10).string(message.fleet);
    if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch"))
     writer.uint32(16).uint64(message.epoch);
    if (message.revision != null && $Object.hasOwnProperty.call(message, "revision"))
     writer.uint32(24).uint64(message.revision);
    if (message.chainHash != null && $Object.hasOwnProperty.call(message, "chainHash"))
     writer.uint32(34).bytes(message.chainHash);
    if (message.stateHash != null && $Object.hasOwnProperty.call(message, "stateHash"))
     writer.uint32(42).bytes(message.stateHash);
    if (message.snapshotRevision != null && $Object.hasOwnProperty.call(message, "snapshotRevision"))
     writer.uint32(48).uint64(message.snapshotRevision);
    if (message.snapshotHash != null && $Object.hasOwnProperty.call(message, "snapshotHash"))
     writer.uint32(58).bytes(message.snapshotHash);
    if (message.requiredFeatures != null && message.requiredFeatures.length)
     for (let i = 0; i < message.requiredFeatures.length; ++i)
      writer.uint32(66).string(message.requiredFeatures[i]);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Head.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Head();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.fleet = reader.stringVerify();
       message._fleet = "fleet";
       continue;
      }
     case 2: {
       if (wireType !== 0)
        break;
       message.epoch = reader.uint64();
       message._epoch = "epoch";
       continue;
      }
     case 3: {
       if (wireType !== 0)
        break;
       message.revision = reader.uint64();
       message._revision = "revision";
       continue;
      }
     case 4: {
       if (wireType !== 2)
        break;
       message.chainHash = reader.bytes();
       message._chainHash = "chainHash";
       continue;
      }
     case 5: {
       if (wireType !== 2)
        break;
       message.stateHash = reader.bytes();
       message._stateHash = "stateHash";
       continue;
      }
     case 6: {
       if (wireType !== 0)
        break;
       message.snapshotRevision = reader.uint64();
       message._snapshotRevision = "snapshotRevision";
       continue;
      }
     case 7: {
       if (wireType !== 2)
        break;
       message.snapshotHash = reader.bytes();
       message._snapshotHash = "snapshotHash";
       continue;
      }
     case 8: {
       if (wireType !== 2)
        break;
       if (!(message.requiredFeatures && message.requiredFeatures.length))
        message.requiredFeatures = [];
       message.requiredFeatures.push(reader.stringVerify());
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Head;
  })();

  v1.SignedHead = (function() {

   const SignedHead = function (properties) {
    this.signatures = [];
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   SignedHead.prototype.head = null;
   SignedHead.prototype.signatures = $util.emptyArray;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(SignedHead.prototype, "_head", {
    get: $util.oneOfGetter($oneOfFields = ["head"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   SignedHead.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.head != null && $Object.hasOwnProperty.call(message, "head"))
     writer.uint32(10).bytes(message.head);
    if (message.signatures != null && message.signatures.length)
     for (let i = 0; i < message.signatures.length; ++i)
      $root.penstock.v1.Signature.encode(message.signatures[i], writer.uint32(18).fork(), _depth + 1).ldelim();
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   SignedHead.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.SignedHead();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.head = reader.bytes();
       message._head = "head";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       if (!(message.signatures && message.signatures.length))
        message.signatures = [];
       message.signatures.push($root.penstock.v1.Signature.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return SignedHead;
  })();

  v1.Signature = (function() {

   const Signature = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Signature.prototype.keyId = null;
   Signature.prototype.value = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Signature.prototype, "_keyId", {
    get: $util.oneOfGetter($oneOfFields = ["keyId"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Signature.prototype, "_value", {
    get: $util.oneOfGetter($oneOfFields = ["value"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Signature.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.keyId != null && $Object.hasOwnProperty.call(message, "keyId"))
     writer.uint32(10).string(message.keyId);
    if (message.value != null && $Object.hasOwnProperty.call(message, "value"))
     writer.uint32(18).bytes(message.value);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Signature.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Signature();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.keyId = reader.stringVerify();
       message._keyId = "keyId";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.value = reader.bytes();
       message._value = "value";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Signature;
  })();

  v1.KeptConfiguration = (function() {

   const KeptConfiguration = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   KeptConfiguration.prototype.signedHead = null;
   KeptConfiguration.prototype.snapshot = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(KeptConfiguration.prototype, "_signedHead", {
    get: $util.oneOfGetter($oneOfFields = ["signedHead"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(KeptConfiguration.prototype, "_snapshot", {
    get: $util.oneOfGetter($oneOfFields = ["snapshot"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   KeptConfiguration.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.signedHead != null && $Object.hasOwnProperty.call(message, "signedHead"))
     writer.uint32(10).bytes(message.signedHead);
    if (message.snapshot != null && $Object.hasOwnProperty.call(message, "snapshot"))
     writer.uint32(18).bytes(message.snapshot);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   KeptConfiguration.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.KeptConfiguration();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.signedHead = reader.bytes();
       message._signedHead = "signedHead";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.snapshot = reader.bytes();
       message._snapshot = "snapshot";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return KeptConfiguration;
  })();

  v1.Delta = (function() {

   const Delta = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Delta.prototype.fleet = null;
   Delta.prototype.epoch = null;
   Delta.prototype.from = null;
   Delta.prototype.to = null;
   Delta.prototype.stateHash = null;
   Delta.prototype.allowShrink = null;
   Delta.prototype.shrinkAllowedAt = null;
   Delta.prototype.listeners = null;
   Delta.prototype.mainServer = null;
   Delta.prototype.virtualHosts = null;
   Delta.prototype.balancers = null;
   Delta.prototype.overrides = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Delta.prototype, "_fleet", {
    get: $util.oneOfGetter($oneOfFields = ["fleet"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Delta.prototype, "_epoch", {
    get: $util.oneOfGetter($oneOfFields = ["epoch"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Delta.prototype, "_from", {
    get: $util.oneOfGetter($oneOfFields = ["from"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Delta.prototype, "_to", {
    get: $util.oneOfGetter($oneOfFields = ["to"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Delta.prototype, "_stateHash", {
    get: $util.oneOfGetter($oneOfFields = ["stateHash"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Delta.prototype, "_allowShrink", {
    get: $util.oneOfGetter($oneOfFields = ["allowShrink"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Delta.prototype, "_shrinkAllowedAt", {
    get: $util.oneOfGetter($oneOfFields = ["shrinkAllowedAt"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Delta.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.fleet != null && $Object.hasOwnProperty.call(message, "fleet"))
     writer.uint32(10).string(message.fleet);
    if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch"))
     writer.uint32(16).uint64(message.epoch);
    if (message.from != null && $Object.hasOwnProperty.call(message, "from"))
     writer.uint32(24).uint64(message.from);
    if (message.to != null && $Object.hasOwnProperty.call(message, "to"))
     writer.uint32(32).uint64(message.to);
    if (message.stateHash != null && $Object.hasOwnProperty.call(message, "stateHash"))
     writer.uint32(42).bytes(message.stateHash);
    if (message.allowShrink != null && $Object.hasOwnProperty.call(message, "allowShrink"))
     writer.uint32(48).bool(message.allowShrink);
    if (message.shrinkAllowedAt != null && $Object.hasOwnProperty.call(message, "shrinkAllowedAt"))
     writer.uint32(56).uint64(message.shrinkAllowedAt);
    if (message.listeners != null && $Object.hasOwnProperty.call(message, "listeners"))
     $root.penstock.v1.ListPatch.encode(message.listeners, writer.uint32(66).fork(), _depth + 1).ldelim();
    if (message.mainServer != null && $Object.hasOwnProperty.call(message, "mainServer"))
     $root.penstock.v1.VirtualHostPatch.encode(message.mainServer, writer.uint32(74).fork(), _depth + 1).ldelim();
    if (message.virtualHosts != null && $Object.hasOwnProperty.call(message, "virtualHosts"))
     $root.penstock.v1.ListPatch.encode(message.virtualHosts, writer.uint32(82).fork(), _depth + 1).ldelim();
    if (message.balancers != null && $Object.hasOwnProperty.call(message, "balancers"))
     $root.penstock.v1.ListPatch.encode(message.balancers, writer.uint32(90).fork(), _depth + 1).ldelim();
    if (message.overrides != null && $Object.hasOwnProperty.call(message, "overrides"))
     $root.penstock.v1.ListPatch.encode(message.overrides, writer.uint32(98).fork(), _depth + 1).ldelim();
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Delta.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Delta();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.fleet = reader.stringVerify();
       message._fleet = "fleet";
       continue;
      }
     case 2: {
       if (wireType !== 0)
        break;
       message.epoch = reader.uint64();
       message._epoch = "epoch";
       continue;
      }
     case 3: {
       if (wireType !== 0)
        break;
       message.from = reader.uint64();
       message._from = "from";
       continue;
      }
     case 4: {
       if (wireType !== 0)
        break;
       message.to = reader.uint64();
       message._to = "to";
       continue;
      }
     case 5: {
       if (wireType !== 2)
        break;
       message.stateHash = reader.bytes();
       message._stateHash = "stateHash";
       continue;
      }
     case 6: {
       if (wireType !== 0)
        break;
       message.allowShrink = reader.bool();
       message._allowShrink = "allowShrink";
       continue;
      }
     case 7: {
       if (wireType !== 0)
        break;
       message.shrinkAllowedAt = reader.uint64();
       message._shrinkAllowedAt = "shrinkAllowedAt";
       continue;
      }
     case 8: {
       if (wireType !== 2)
        break;
       message.listeners = $root.penstock.v1.ListPatch.decode(reader, reader.size(), $undefined, _depth + 1, message.listeners);
       continue;
      }
     case 9: {
       if (wireType !== 2)
        break;
       message.mainServer = $root.penstock.v1.VirtualHostPatch.decode(reader, reader.size(), $undefined, _depth + 1, message.mainServer);
       continue;
      }
     case 10: {
       if (wireType !== 2)
        break;
       message.virtualHosts = $root.penstock.v1.ListPatch.decode(reader, reader.size(), $undefined, _depth + 1, message.virtualHosts);
       continue;
      }
     case 11: {
       if (wireType !== 2)
        break;
       message.balancers = $root.penstock.v1.ListPatch.decode(reader, reader.size(), $undefined, _depth + 1, message.balancers);
       continue;
      }
     case 12: {
       if (wireType !== 2)
        break;
       message.overrides = $root.penstock.v1.ListPatch.decode(reader, reader.size(), $undefined, _depth + 1, message.overrides);
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Delta;
  })();

  v1.ListPatch = (function() {

   const ListPatch = function (properties) {
    this.edits = [];
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   ListPatch.prototype.edits = $util.emptyArray;

   ListPatch.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.edits != null && message.edits.length)
     for (let i = 0; i < message.edits.length; ++i)
      $root.penstock.v1.ListEdit.encode(message.edits[i], writer.uint32(10).fork(), _depth + 1).ldelim();
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   ListPatch.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.ListPatch();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       if (!(message.edits && message.edits.length))
        message.edits = [];
       message.edits.push($root.penstock.v1.ListEdit.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return ListPatch;
  })();

  v1.ListEdit = (function() {

   const ListEdit = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   ListEdit.prototype.keep = null;
   ListEdit.prototype.insert = null;
   ListEdit.prototype.change = null;

   let $oneOfFields;

   $Object.defineProperty(ListEdit.prototype, "kind", {
    get: $util.oneOfGetter($oneOfFields = ["keep", "insert", "change"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   ListEdit.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.keep != null && $Object.hasOwnProperty.call(message, "keep"))
     $root.penstock.v1.Run.encode(message.keep, writer.uint32(10).fork(), _depth + 1).ldelim();
    if (message.insert != null && $Object.hasOwnProperty.call(message, "insert"))
     writer.uint32(18).bytes(message.insert);
    if (message.change != null && $Object.hasOwnProperty.call(message, "change"))
     $root.penstock.v1.Change.encode(message.change, writer.uint32(26).fork(), _depth + 1).ldelim();
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   ListEdit.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.ListEdit();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.keep = $root.penstock.v1.Run.decode(reader, reader.size(), $undefined, _depth + 1, message.keep);
       message.kind = "keep";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.insert = reader.bytes();
       message.kind = "insert";
       continue;
      }
     case 3: {
       if (wireType !== 2)
        break;
       message.change = $root.penstock.v1.Change.decode(reader, reader.size(), $undefined, _depth + 1, message.change);
       message.kind = "change";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return ListEdit;
  })();

  v1.Run = (function() {

   const Run = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Run.prototype.from = null;
   Run.prototype.count = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Run.prototype, "_from", {
    get: $util.oneOfGetter($oneOfFields = ["from"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Run.prototype, "_count", {
    get: $util.oneOfGetter($oneOfFields = ["count"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Run.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.from != null && $Object.hasOwnProperty.call(message, "from"))
     writer.uint32(8).uint64(message.from);
    if (message.count != null && $Object.hasOwnProperty.call(message, "count"))
     writer.uint32(16).uint64(message.count);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Run.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Run();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 0)
        break;
       message.from = reader.uint64();
       message._from = "from";
       continue;
      }
     case 2: {
       if (wireType !== 0)
        break;
       message.count = reader.uint64();
       message._count = "count";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Run;
  })();

  v1.Change = (function() {

   const Change = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Change.prototype.from = null;
   Change.prototype.patch = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Change.prototype, "_from", {
    get: $util.oneOfGetter($oneOfFields = ["from"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Change.prototype, "_patch", {
    get: $util.oneOfGetter($oneOfFields = ["patch"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Change.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.from != null && $Object.hasOwnProperty.call(message, "from"))
     writer.uint32(8).uint64(message.from);
    if (message.patch != null && $Object.hasOwnProperty.call(message, "patch"))
     writer.uint32(18).bytes(message.patch);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Change.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Change();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 0)
        break;
       message.from = reader.uint64();
       message._from = "from";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.patch = reader.bytes();
       message._patch = "patch";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Change;
  })();

  v1.VirtualHostPatch = (function() {

   const VirtualHostPatch = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   VirtualHostPatch.prototype.head = null;
   VirtualHostPatch.prototype.locations = null;
   VirtualHostPatch.prototype.routes = null;
   VirtualHostPatch.prototype.reverseRules = null;
   VirtualHostPatch.prototype.workers = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(VirtualHostPatch.prototype, "_head", {
    get: $util.oneOfGetter($oneOfFields = ["head"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   VirtualHostPatch.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.head != null && $Object.hasOwnProperty.call(message, "head"))
     writer.uint32(10).bytes(message.head);
    if (message.locations != null && $Object.hasOwnProperty.call(message, "locations"))
     $root.penstock.v1.ListPatch.encode(message.locations, writer.uint32(18).fork(), _depth + 1).ldelim();
    if (message.routes != null && $Object.hasOwnProperty.call(message, "routes"))
     $root.penstock.v1.ListPatch.encode(message.routes, writer.uint32(26).fork(), _depth + 1).ldelim();
    if (message.reverseRules != null && $Object.hasOwnProperty.call(message, "reverseRules"))
     $root.penstock.v1.ListPatch.encode(message.reverseRules, writer.uint32(34).fork(), _depth + 1).ldelim();
    if (message.workers != null && $Object.hasOwnProperty.call(message, "workers"))
     $root.penstock.v1.ListPatch.encode(message.workers, writer.uint32(42).fork(), _depth + 1).ldelim();
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   VirtualHostPatch.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.VirtualHostPatch();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.head = reader.bytes();
       message._head = "head";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.locations = $root.penstock.v1.ListPatch.decode(reader, reader.size(), $undefined, _depth + 1, message.locations);
       continue;
      }
     case 3: {
       if (wireType !== 2)
        break;
       message.routes = $root.penstock.v1.ListPatch.decode(reader, reader.size(), $undefined, _depth + 1, message.routes);
       continue;
      }
     case 4: {
       if (wireType !== 2)
        break;
       message.reverseRules = $root.penstock.v1.ListPatch.decode(reader, reader.size(), $undefined, _depth + 1, message.reverseRules);
       continue;
      }
     case 5: {
       if (wireType !== 2)
        break;
       message.workers = $root.penstock.v1.ListPatch.decode(reader, reader.size(), $undefined, _depth + 1, message.workers);
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return VirtualHostPatch;
  })();

  v1.BalancerPatch = (function() {

   const BalancerPatch = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   BalancerPatch.prototype.head = null;
   BalancerPatch.prototype.members = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(BalancerPatch.prototype, "_head", {
    get: $util.oneOfGetter($oneOfFields = ["head"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   BalancerPatch.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.head != null && $Object.hasOwnProperty.call(message, "head"))
     writer.uint32(10).bytes(message.head);
    if (message.members != null && $Object.hasOwnProperty.call(message, "members"))
     $root.penstock.v1.ListPatch.encode(message.members, writer.uint32(18).fork(), _depth + 1).ldelim();
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   BalancerPatch.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.BalancerPatch();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.head = reader.bytes();
       message._head = "head";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.members = $root.penstock.v1.ListPatch.decode(reader, reader.size(), $undefined, _depth + 1, message.members);
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return BalancerPatch;
  })();

  v1.CommitCopy = (function() {

   const CommitCopy = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   CommitCopy.prototype.fleet = null;
   CommitCopy.prototype.revision = null;
   CommitCopy.prototype.prevHash = null;
   CommitCopy.prototype.hash = null;
   CommitCopy.prototype.commit = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(CommitCopy.prototype, "_fleet", {
    get: $util.oneOfGetter($oneOfFields = ["fleet"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(CommitCopy.prototype, "_revision", {
    get: $util.oneOfGetter($oneOfFields = ["revision"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(CommitCopy.prototype, "_prevHash", {
    get: $util.oneOfGetter($oneOfFields = ["prevHash"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(CommitCopy.prototype, "_hash", {
    get: $util.oneOfGetter($oneOfFields = ["hash"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(CommitCopy.prototype, "_commit", {
    get: $util.oneOfGetter($oneOfFields = ["commit"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   CommitCopy.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.fleet != null && $Object.hasOwnProperty.call(message, "fleet"))
     writer.uint32(10).string(message.fleet);
    if (message.revision != null && $Object.hasOwnProperty.call(message, "revision"))
     writer.uint32(16).uint64(message.revision);
    if (message.prevHash != null && $Object.hasOwnProperty.call(message, "prevHash"))
     writer.uint32(26).bytes(message.prevHash);
    if (message.hash != null && $Object.hasOwnProperty.call(message, "hash"))
     writer.uint32(34).bytes(message.hash);
    if (message.commit != null && $Object.hasOwnProperty.call(message, "commit"))
     writer.uint32(42).bytes(message.commit);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   CommitCopy.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.CommitCopy();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.fleet = reader.stringVerify();
       message._fleet = "fleet";
       continue;
      }
     case 2: {
       if (wireType !== 0)
        break;
       message.revision = reader.uint64();
       message._revision = "revision";
       continue;
      }
     case 3: {
       if (wireType !== 2)
        break;
       message.prevHash = reader.bytes();
       message._prevHash = "prevHash";
       continue;
      }
     case 4: {
       if (wireType !== 2)
        break;
       message.hash = reader.bytes();
       message._hash = "hash";
       continue;
      }
     case 5: {
       if (wireType !== 2)
        break;
       message.commit = reader.bytes();
       message._commit = "commit";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return CommitCopy;
  })();

  v1.AckPhase = (function() {
   const valuesById = $Object.create(null), values = $Object.create(valuesById);
   values[valuesById[0] = "ACK_PHASE_UNSPECIFIED"] = 0;
   values[valuesById[1] = "ACK_PHASE_RECEIVED"] = 1;
   values[valuesById[2] = "ACK_PHASE_SERVING"] = 2;
   values[valuesById[3] = "ACK_PHASE_REJECTED"] = 3;
   return values;
  })();

  v1.NodeErrorCode = (function() {
   const valuesById = $Object.create(null), values = $Object.create(valuesById);
   values[valuesById[0] = "NODE_ERROR_CODE_UNSPECIFIED"] = 0;
   values[valuesById[1] = "NODE_ERROR_CODE_UNREADABLE"] = 1;
   values[valuesById[2] = "NODE_ERROR_CODE_WRONG_FLEET"] = 2;
   values[valuesById[3] = "NODE_ERROR_CODE_FORK"] = 3;
   values[valuesById[4] = "NODE_ERROR_CODE_IMPLAUSIBLE"] = 4;
   values[valuesById[5] = "NODE_ERROR_CODE_CAPACITY"] = 5;
   values[valuesById[6] = "NODE_ERROR_CODE_LISTEN"] = 6;
   values[valuesById[7] = "NODE_ERROR_CODE_COMPILE"] = 7;
   values[valuesById[8] = "NODE_ERROR_CODE_STORAGE"] = 8;
   values[valuesById[9] = "NODE_ERROR_CODE_SIGNATURE"] = 9;
   values[valuesById[10] = "NODE_ERROR_CODE_UNSUPPORTED"] = 10;
   values[valuesById[11] = "NODE_ERROR_CODE_CRASH"] = 11;
   return values;
  })();

  v1.NodeError = (function() {

   const NodeError = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   NodeError.prototype.object = null;
   NodeError.prototype.code = null;
   NodeError.prototype.text = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(NodeError.prototype, "_object", {
    get: $util.oneOfGetter($oneOfFields = ["object"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(NodeError.prototype, "_code", {
    get: $util.oneOfGetter($oneOfFields = ["code"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(NodeError.prototype, "_text", {
    get: $util.oneOfGetter($oneOfFields = ["text"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   NodeError.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.object != null && $Object.hasOwnProperty.call(message, "object"))
     writer.uint32(10).string(message.object);
    if (message.code != null && $Object.hasOwnProperty.call(message, "code"))
     writer.uint32(16).int32(message.code);
    if (message.text != null && $Object.hasOwnProperty.call(message, "text"))
     writer.uint32(26).string(message.text);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   NodeError.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.NodeError();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.object = reader.stringVerify();
       message._object = "object";
       continue;
      }
     case 2: {
       if (wireType !== 0)
        break;
       message.code = reader.int32();
       message._code = "code";
       continue;
      }
     case 3: {
       if (wireType !== 2)
        break;
       message.text = reader.stringVerify();
       message._text = "text";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return NodeError;
  })();

  v1.Ack = (function() {

   const Ack = function (properties) {
    this.errors = [];
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Ack.prototype.node = null;
   Ack.prototype.bootId = null;
   Ack.prototype.fleet = null;
   Ack.prototype.revision = null;
   Ack.prototype.stateHash = null;
   Ack.prototype.phase = null;
   Ack.prototype.applyMs = null;
   Ack.prototype.errors = $util.emptyArray;
   Ack.prototype.epoch = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Ack.prototype, "_node", {
    get: $util.oneOfGetter($oneOfFields = ["node"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Ack.prototype, "_bootId", {
    get: $util.oneOfGetter($oneOfFields = ["bootId"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Ack.prototype, "_fleet", {
    get: $util.oneOfGetter($oneOfFields = ["fleet"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Ack.prototype, "_revision", {
    get: $util.oneOfGetter($oneOfFields = ["revision"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Ack.prototype, "_stateHash", {
    get: $util.oneOfGetter($oneOfFields = ["stateHash"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Ack.prototype, "_phase", {
    get: $util.oneOfGetter($oneOfFields = ["phase"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Ack.prototype, "_applyMs", {
    get: $util.oneOfGetter($oneOfFields = ["applyMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Ack.prototype, "_epoch", {
    get: $util.oneOfGetter($oneOfFields = ["epoch"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Ack.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.node != null && $Object.hasOwnProperty.call(message, "node"))
     writer.uint32(10).string(message.node);
    if (message.bootId != null && $Object.hasOwnProperty.call(message, "bootId"))
     writer.uint32(18).string(message.bootId);
    if (message.fleet != null && $Object.hasOwnProperty.call(message, "fleet"))
     writer.uint32(26).string(message.fleet);
    if (message.revision != null && $Object.hasOwnProperty.call(message, "revision"))
     writer.uint32(32).uint64(message.revision);
    if (message.stateHash != null && $Object.hasOwnProperty.call(message, "stateHash"))
     writer.uint32(42).bytes(message.stateHash);
    if (message.phase != null && $Object.hasOwnProperty.call(message, "phase"))
     writer.uint32(48).int32(message.phase);
    if (message.applyMs != null && $Object.hasOwnProperty.call(message, "applyMs"))
     writer.uint32(56).uint64(message.applyMs);
    if (message.errors != null && message.errors.length)
     for (let i = 0; i < message.errors.length; ++i)
      $root.penstock.v1.NodeError.encode(message.errors[i], writer.uint32(66).fork(), _depth + 1).ldelim();
    if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch"))
     writer.uint32(72).uint64(message.epoch);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Ack.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Ack();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.node = reader.stringVerify();
       message._node = "node";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.bootId = reader.stringVerify();
       message._bootId = "bootId";
       continue;
      }
     case 3: {
       if (wireType !== 2)
        break;
       message.fleet = reader.stringVerify();
       message._fleet = "fleet";
       continue;
      }
     case 4: {
       if (wireType !== 0)
        break;
       message.revision = reader.uint64();
       message._revision = "revision";
       continue;
      }
     case 5: {
       if (wireType !== 2)
        break;
       message.stateHash = reader.bytes();
       message._stateHash = "stateHash";
       continue;
      }
     case 6: {
       if (wireType !== 0)
        break;
       message.phase = reader.int32();
       message._phase = "phase";
       continue;
      }
     case 7: {
       if (wireType !== 0)
        break;
       message.applyMs = reader.uint64();
       message._applyMs = "applyMs";
       continue;
      }
     case 8: {
       if (wireType !== 2)
        break;
       if (!(message.errors && message.errors.length))
        message.errors = [];
       message.errors.push($root.penstock.v1.NodeError.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     case 9: {
       if (wireType !== 0)
        break;
       message.epoch = reader.uint64();
       message._epoch = "epoch";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Ack;
  })();

  v1.Serving = (function() {

   const Serving = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Serving.prototype.revision = null;
   Serving.prototype.stateHash = null;
   Serving.prototype.epoch = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Serving.prototype, "_revision", {
    get: $util.oneOfGetter($oneOfFields = ["revision"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Serving.prototype, "_stateHash", {
    get: $util.oneOfGetter($oneOfFields = ["stateHash"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Serving.prototype, "_epoch", {
    get: $util.oneOfGetter($oneOfFields = ["epoch"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Serving.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.revision != null && $Object.hasOwnProperty.call(message, "revision"))
     writer.uint32(8).uint64(message.revision);
    if (message.stateHash != null && $Object.hasOwnProperty.call(message, "stateHash"))
     writer.uint32(18).bytes(message.stateHash);
    if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch"))
     writer.uint32(24).uint64(message.epoch);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Serving.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Serving();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 0)
        break;
       message.revision = reader.uint64();
       message._revision = "revision";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.stateHash = reader.bytes();
       message._stateHash = "stateHash";
       continue;
      }
     case 3: {
       if (wireType !== 0)
        break;
       message.epoch = reader.uint64();
       message._epoch = "epoch";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Serving;
  })();

  v1.Report = (function() {

   const Report = function (properties) {
    this.workers = [];
    this.labels = [];
    this.routes = [];
    this.errors = [];
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Report.prototype.node = null;
   Report.prototype.bootId = null;
   Report.prototype.fleet = null;
   Report.prototype.seq = null;
   Report.prototype.timeMs = null;
   Report.prototype.serving = null;
   Report.prototype.final = null;
   Report.prototype.workers = $util.emptyArray;
   Report.prototype.complete = null;
   Report.prototype.labels = $util.emptyArray;
   Report.prototype.routes = $util.emptyArray;
   Report.prototype.intervalMs = null;
   Report.prototype.errors = $util.emptyArray;
   Report.prototype.version = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Report.prototype, "_node", {
    get: $util.oneOfGetter($oneOfFields = ["node"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Report.prototype, "_bootId", {
    get: $util.oneOfGetter($oneOfFields = ["bootId"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Report.prototype, "_fleet", {
    get: $util.oneOfGetter($oneOfFields = ["fleet"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Report.prototype, "_seq", {
    get: $util.oneOfGetter($oneOfFields = ["seq"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Report.prototype, "_timeMs", {
    get: $util.oneOfGetter($oneOfFields = ["timeMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Report.prototype, "_final", {
    get: $util.oneOfGetter($oneOfFields = ["final"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Report.prototype, "_complete", {
    get: $util.oneOfGetter($oneOfFields = ["complete"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Report.prototype, "_intervalMs", {
    get: $util.oneOfGetter($oneOfFields = ["intervalMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Report.prototype, "_version", {
    get: $util.oneOfGetter($oneOfFields = ["version"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Report.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.node != null && $Object.hasOwnProperty.call(message, "node"))
     writer.uint32(10).string(message.node);
    if (message.bootId != null && $Object.hasOwnProperty.call(message, "bootId"))
     writer.uint32(18).string(message.bootId);
    if (message.fleet != null && $Object.hasOwnProperty.call(message, "fleet"))
     writer.uint32(26).string(message.fleet);
    if (message.seq != null && $Object.hasOwnProperty.call(message, "seq"))
     writer.uint32(32).uint64(message.seq);
    if (message.timeMs != null && $Object.hasOwnProperty.call(message, "timeMs"))
     writer.uint32(40).uint64(message.timeMs);
    if (message.serving != null && $Object.hasOwnProperty.call(message, "serving"))
     $root.penstock.v1.Serving.encode(message.serving, writer.uint32(50).fork(), _depth + 1).ldelim();
    if (message.final != null && $Object.hasOwnProperty.call(message, "final"))
     writer.uint32(56).bool(message.final);
    if (message.workers != null && message.workers.length)
     for (let i = 0; i < message.workers.length; ++i)
      $root.penstock.v1.WorkerReport.encode(message.workers[i], writer.uint32(66).fork(), _depth + 1).ldelim();
    if (message.complete != null && $Object.hasOwnProperty.call(message, "complete"))
     writer.uint32(72).bool(message.complete);
    if (message.labels != null && message.labels.length)
     for (let i = 0; i < message.labels.length; ++i)
      $root.penstock.v1.Label.encode(message.labels[i], writer.uint32(82).fork(), _depth + 1).ldelim();
    if (message.routes != null && message.routes.length)
     for (let i = 0; i < message.routes.length; ++i)
      $root.penstock.v1.RouteReport.encode(message.routes[i], writer.uint32(90).fork(), _depth + 1).ldelim();
    if (message.intervalMs != null && $Object.hasOwnProperty.call(message, "intervalMs"))
     writer.uint32(96).uint64(message.intervalMs);
    if (message.errors != null && message.errors.length)
     for (let i = 0; i < message.errors.length; ++i)
      $root.penstock.v1.NodeError.encode(message.errors[i], writer.uint32(106).fork(), _depth + 1).ldelim();
    if (message.version != null && $Object.hasOwnProperty.call(message, "version"))
     writer.uint32(114).string(message.version);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Report.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Report();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.node = reader.stringVerify();
       message._node = "node";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.bootId = reader.stringVerify();
       message._bootId = "bootId";
       continue;
      }
     case 3: {
       if (wireType !== 2)
        break;
       message.fleet = reader.stringVerify();
       message._fleet = "fleet";
       continue;
      }
     case 4: {
       if (wireType !== 0)
        break;
       message.seq = reader.uint64();
       message._seq = "seq";
       continue;
      }
     case 5: {
       if (wireType !== 0)
        break;
       message.timeMs = reader.uint64();
       message._timeMs = "timeMs";
       continue;
      }
     case 6: {
       if (wireType !== 2)
        break;
       message.serving = $root.penstock.v1.Serving.decode(reader, reader.size(), $undefined, _depth + 1, message.serving);
       continue;
      }
     case 7: {
       if (wireType !== 0)
        break;
       message.final = reader.bool();
       message._final = "final";
       continue;
      }
     case 8: {
       if (wireType !== 2)
        break;
       if (!(message.workers && message.workers.length))
        message.workers = [];
       message.workers.push($root.penstock.v1.WorkerReport.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     case 9: {
       if (wireType !== 0)
        break;
       message.complete = reader.bool();
       message._complete = "complete";
       continue;
      }
     case 10: {
       if (wireType !== 2)
        break;
       if (!(message.labels && message.labels.length))
        message.labels = [];
       message.labels.push($root.penstock.v1.Label.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     case 11: {
       if (wireType !== 2)
        break;
       if (!(message.routes && message.routes.length))
        message.routes = [];
       message.routes.push($root.penstock.v1.RouteReport.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     case 12: {
       if (wireType !== 0)
        break;
       message.intervalMs = reader.uint64();
       message._intervalMs = "intervalMs";
       continue;
      }
     case 13: {
       if (wireType !== 2)
        break;
       if (!(message.errors && message.errors.length))
        message.errors = [];
       message.errors.push($root.penstock.v1.NodeError.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     case 14: {
       if (wireType !== 2)
        break;
       message.version = reader.stringVerify();
       message._version = "version";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Report;
  })();

  v1.Label = (function() {

   const Label = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Label.prototype.name = null;
   Label.prototype.value = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Label.prototype, "_name", {
    get: $util.oneOfGetter($oneOfFields = ["name"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Label.prototype, "_value", {
    get: $util.oneOfGetter($oneOfFields = ["value"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Label.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.name != null && $Object.hasOwnProperty.call(message, "name"))
     writer.uint32(10).string(message.name);
    if (message.value != null && $Object.hasOwnProperty.call(message, "value"))
     writer.uint32(18).string(message.value);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Label.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Label();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.name = reader.stringVerify();
       message._name = "name";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.value = reader.stringVerify();
       message._value = "value";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Label;
  })();

  v1.RouteReport = (function() {

   const RouteReport = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   RouteReport.prototype.virtualHost = null;
   RouteReport.prototype.route = null;
   RouteReport.prototype.incarnation = null;
   RouteReport.prototype.requests = null;
   RouteReport.prototype.responses = null;
   RouteReport.prototype.errors = null;
   RouteReport.prototype.bytesIn = null;
   RouteReport.prototype.bytesOut = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(RouteReport.prototype, "_virtualHost", {
    get: $util.oneOfGetter($oneOfFields = ["virtualHost"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(RouteReport.prototype, "_route", {
    get: $util.oneOfGetter($oneOfFields = ["route"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(RouteReport.prototype, "_incarnation", {
    get: $util.oneOfGetter($oneOfFields = ["incarnation"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(RouteReport.prototype, "_requests", {
    get: $util.oneOfGetter($oneOfFields = ["requests"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(RouteReport.prototype, "_responses", {
    get: $util.oneOfGetter($oneOfFields = ["responses"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(RouteReport.prototype, "_errors", {
    get: $util.oneOfGetter($oneOfFields = ["errors"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(RouteReport.prototype, "_bytesIn", {
    get: $util.oneOfGetter($oneOfFields = ["bytesIn"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(RouteReport.prototype, "_bytesOut", {
    get: $util.oneOfGetter($oneOfFields = ["bytesOut"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   RouteReport.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.virtualHost != null && $Object.hasOwnProperty.call(message, "virtualHost"))
     writer.uint32(10).string(message.virtualHost);
    if (message.route != null && $Object.hasOwnProperty.call(message, "route"))
     writer.uint32(18).string(message.route);
    if (message.incarnation != null && $Object.hasOwnProperty.call(message, "incarnation"))
     writer.uint32(24).uint64(message.incarnation);
    if (message.requests != null && $Object.hasOwnProperty.call(message, "requests"))
     writer.uint32(32).uint64(message.requests);
    if (message.responses != null && $Object.hasOwnProperty.call(message, "responses"))
     writer.uint32(40).uint64(message.responses);
    if (message.errors != null && $Object.hasOwnProperty.call(message, "errors"))
     writer.uint32(48).uint64(message.errors);
    if (message.bytesIn != null && $Object.hasOwnProperty.call(message, "bytesIn"))
     writer.uint32(56).uint64(message.bytesIn);
    if (message.bytesOut != null && $Object.hasOwnProperty.call(message, "bytesOut"))
     writer.uint32(64).uint64(message.bytesOut);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   RouteReport.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.RouteReport();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.virtualHost = reader.stringVerify();
       message._virtualHost = "virtualHost";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.route = reader.stringVerify();
       message._route = "route";
       continue;
      }
     case 3: {
       if (wireType !== 0)
        break;
       message.incarnation = reader.uint64();
       message._incarnation = "incarnation";
       continue;
      }
     case 4: {
       if (wireType !== 0)
        break;
       message.requests = reader.uint64();
       message._requests = "requests";
       continue;
      }
     case 5: {
       if (wireType !== 0)
        break;
       message.responses = reader.uint64();
       message._responses = "responses";
       continue;
      }
     case 6: {
       if (wireType !== 0)
        break;
       message.errors = reader.uint64();
       message._errors = "errors";
       continue;
      }
     case 7: {
       if (wireType !== 0)
        break;
       message.bytesIn = reader.uint64();
       message._bytesIn = "bytesIn";
       continue;
      }
     case 8: {
       if (wireType !== 0)
        break;
       message.bytesOut = reader.uint64();
       message._bytesOut = "bytesOut";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return RouteReport;
  })();

  v1.WorkerReport = (function() {

   const WorkerReport = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   WorkerReport.prototype.balancer = null;
   WorkerReport.prototype.url = null;
   WorkerReport.prototype.incarnation = null;
   WorkerReport.prototype.status = null;
   WorkerReport.prototype.lbstatus = null;
   WorkerReport.prototype.busy = null;
   WorkerReport.prototype.retries = null;
   WorkerReport.prototype.errorTimeMs = null;
   WorkerReport.prototype.loadfactor = null;
   WorkerReport.prototype.lbset = null;
   WorkerReport.prototype.route = null;
   WorkerReport.prototype.redirect = null;
   WorkerReport.prototype.elected = null;
   WorkerReport.prototype.transferred = null;
   WorkerReport.prototype.read = null;
   WorkerReport.prototype.requests = null;
   WorkerReport.prototype.responses = null;
   WorkerReport.prototype.errors = null;
   WorkerReport.prototype.bytesIn = null;
   WorkerReport.prototype.bytesOut = null;
   WorkerReport.prototype.retired = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_balancer", {
    get: $util.oneOfGetter($oneOfFields = ["balancer"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_url", {
    get: $util.oneOfGetter($oneOfFields = ["url"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_incarnation", {
    get: $util.oneOfGetter($oneOfFields = ["incarnation"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_status", {
    get: $util.oneOfGetter($oneOfFields = ["status"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_lbstatus", {
    get: $util.oneOfGetter($oneOfFields = ["lbstatus"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_busy", {
    get: $util.oneOfGetter($oneOfFields = ["busy"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_retries", {
    get: $util.oneOfGetter($oneOfFields = ["retries"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_errorTimeMs", {
    get: $util.oneOfGetter($oneOfFields = ["errorTimeMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_loadfactor", {
    get: $util.oneOfGetter($oneOfFields = ["loadfactor"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_lbset", {
    get: $util.oneOfGetter($oneOfFields = ["lbset"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_route", {
    get: $util.oneOfGetter($oneOfFields = ["route"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_redirect", {
    get: $util.oneOfGetter($oneOfFields = ["redirect"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_elected", {
    get: $util.oneOfGetter($oneOfFields = ["elected"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_transferred", {
    get: $util.oneOfGetter($oneOfFields = ["transferred"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_read", {
    get: $util.oneOfGetter($oneOfFields = ["read"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_requests", {
    get: $util.oneOfGetter($oneOfFields = ["requests"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_responses", {
    get: $util.oneOfGetter($oneOfFields = ["responses"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_errors", {
    get: $util.oneOfGetter($oneOfFields = ["errors"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_bytesIn", {
    get: $util.oneOfGetter($oneOfFields = ["bytesIn"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_bytesOut", {
    get: $util.oneOfGetter($oneOfFields = ["bytesOut"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerReport.prototype, "_retired", {
    get: $util.oneOfGetter($oneOfFields = ["retired"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   WorkerReport.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.balancer != null && $Object.hasOwnProperty.call(message, "balancer"))
     writer.uint32(10).string(message.balancer);
    if (message.url != null && $Object.hasOwnProperty.call(message, "url"))
     writer.uint32(18).string(message.url);
    if (message.incarnation != null && $Object.hasOwnProperty.call(message, "incarnation"))
     writer.uint32(24).uint64(message.incarnation);
    if (message.status != null && $Object.hasOwnProperty.call(message, "status"))
     writer.uint32(32).uint32(message.status);
    if (message.lbstatus != null && $Object.hasOwnProperty.call(message, "lbstatus"))
     writer.uint32(40).sint32(message.lbstatus);
    if (message.busy != null && $Object.hasOwnProperty.call(message, "busy"))
     writer.uint32(48).sint32(message.busy);
    if (message.retries != null && $Object.hasOwnProperty.call(message, "retries"))
     writer.uint32(56).sint32(message.retries);
    if (message.errorTimeMs != null && $Object.hasOwnProperty.call(message, "errorTimeMs"))
     writer.uint32(64).uint64(message.errorTimeMs);
    if (message.loadfactor != null && $Object.hasOwnProperty.call(message, "loadfactor"))
     writer.uint32(73).double(message.loadfactor);
    if (message.lbset != null && $Object.hasOwnProperty.call(message, "lbset"))
     writer.uint32(80).uint32(message.lbset);
    if (message.route != null && $Object.hasOwnProperty.call(message, "route"))
     writer.uint32(90).string(message.route);
    if (message.redirect != null && $Object.hasOwnProperty.call(message, "redirect"))
     writer.uint32(98).string(message.redirect);
    if (message.elected != null && $Object.hasOwnProperty.call(message, "elected"))
     writer.uint32(104).uint64(message.elected);
    if (message.transferred != null && $Object.hasOwnProperty.call(message, "transferred"))
     writer.uint32(112).uint64(message.transferred);
    if (message.read != null && $Object.hasOwnProperty.call(message, "read"))
     writer.uint32(120).uint64(message.read);
    if (message.requests != null && $Object.hasOwnProperty.call(message, "requests"))
     writer.uint32(128).uint64(message.requests);
    if (message.responses != null && $Object.hasOwnProperty.call(message, "responses"))
     writer.uint32(136).uint64(message.responses);
    if (message.errors != null && $Object.hasOwnProperty.call(message, "errors"))
     writer.uint32(144).uint64(message.errors);
    if (message.bytesIn != null && $Object.hasOwnProperty.call(message, "bytesIn"))
     writer.uint32(152).uint64(message.bytesIn);
    if (message.bytesOut != null && $Object.hasOwnProperty.call(message, "bytesOut"))
     writer.uint32(160).uint64(message.bytesOut);
    if (message.retired != null && $Object.hasOwnProperty.call(message, "retired"))
     writer.uint32(168).bool(message.retired);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   WorkerReport.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.WorkerReport();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.balancer = reader.stringVerify();
       message._balancer = "balancer";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.url = reader.stringVerify();
       message._url = "url";
       continue;
      }
     case 3: {
       if (wireType !== 0)
        break;
       message.incarnation = reader.uint64();
       message._incarnation = "incarnation";
       continue;
      }
     case 4: {
       if (wireType !== 0)
        break;
       message.status = reader.uint32();
       message._status = "status";
       continue;
      }
     case 5: {
       if (wireType !== 0)
        break;
       message.lbstatus = reader.sint32();
       message._lbstatus = "lbstatus";
       continue;
      }
     case 6: {
       if (wireType !== 0)
        break;
       message.busy = reader.sint32();
       message._busy = "busy";
       continue;
      }
     case 7: {
       if (wireType !== 0)
        break;
       message.retries = reader.sint32();
       message._retries = "retries";
       continue;
      }
     case 8: {
       if (wireType !== 0)
        break;
       message.errorTimeMs = reader.uint64();
       message._errorTimeMs = "errorTimeMs";
       continue;
      }
     case 9: {
       if (wireType !== 1)
        break;
       message.loadfactor = reader.double();
       message._loadfactor = "loadfactor";
       continue;
      }
     case 10: {
       if (wireType !== 0)
        break;
       message.lbset = reader.uint32();
       message._lbset = "lbset";
       continue;
      }
     case 11: {
       if (wireType !== 2)
        break;
       message.route = reader.stringVerify();
       message._route = "route";
       continue;
      }
     case 12: {
       if (wireType !== 2)
        break;
       message.redirect = reader.stringVerify();
       message._redirect = "redirect";
       continue;
      }
     case 13: {
       if (wireType !== 0)
        break;
       message.elected = reader.uint64();
       message._elected = "elected";
       continue;
      }
     case 14: {
       if (wireType !== 0)
        break;
       message.transferred = reader.uint64();
       message._transferred = "transferred";
       continue;
      }
     case 15: {
       if (wireType !== 0)
        break;
       message.read = reader.uint64();
       message._read = "read";
       continue;
      }
     case 16: {
       if (wireType !== 0)
        break;
       message.requests = reader.uint64();
       message._requests = "requests";
       continue;
      }
     case 17: {
       if (wireType !== 0)
        break;
       message.responses = reader.uint64();
       message._responses = "responses";
       continue;
      }
     case 18: {
       if (wireType !== 0)
        break;
       message.errors = reader.uint64();
       message._errors = "errors";
       continue;
      }
     case 19: {
       if (wireType !== 0)
        break;
       message.bytesIn = reader.uint64();
       message._bytesIn = "bytesIn";
       continue;
      }
     case 20: {
       if (wireType !== 0)
        break;
       message.bytesOut = reader.uint64();
       message._bytesOut = "bytesOut";
       continue;
      }
     case 21: {
       if (wireType !== 0)
        break;
       message.retired = reader.bool();
       message._retired = "retired";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return WorkerReport;
  })();

  v1.ObservationKind = (function() {
   const valuesById = $Object.create(null), values = $Object.create(valuesById);
   values[valuesById[0] = "OBSERVATION_KIND_UNSPECIFIED"] = 0;
   values[valuesById[1] = "OBSERVATION_KIND_FAILED"] = 1;
   values[valuesById[2] = "OBSERVATION_KIND_ANSWERED"] = 2;
   values[valuesById[3] = "OBSERVATION_KIND_CHECK_FAILED"] = 3;
   values[valuesById[4] = "OBSERVATION_KIND_CHECK_PASSED"] = 4;
   return values;
  })();

  v1.Observation = (function() {

   const Observation = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Observation.prototype.balancer = null;
   Observation.prototype.worker = null;
   Observation.prototype.kind = null;
   Observation.prototype.reason = null;
   Observation.prototype.timeMs = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Observation.prototype, "_balancer", {
    get: $util.oneOfGetter($oneOfFields = ["balancer"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Observation.prototype, "_worker", {
    get: $util.oneOfGetter($oneOfFields = ["worker"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Observation.prototype, "_kind", {
    get: $util.oneOfGetter($oneOfFields = ["kind"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Observation.prototype, "_reason", {
    get: $util.oneOfGetter($oneOfFields = ["reason"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Observation.prototype, "_timeMs", {
    get: $util.oneOfGetter($oneOfFields = ["timeMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Observation.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.balancer != null && $Object.hasOwnProperty.call(message, "balancer"))
     writer.uint32(10).string(message.balancer);
    if (message.worker != null && $Object.hasOwnProperty.call(message, "worker"))
     writer.uint32(18).string(message.worker);
    if (message.kind != null && $Object.hasOwnProperty.call(message, "kind"))
     writer.uint32(24).int32(message.kind);
    if (message.reason != null && $Object.hasOwnProperty.call(message, "reason"))
     writer.uint32(34).string(message.reason);
    if (message.timeMs != null && $Object.hasOwnProperty.call(message, "timeMs"))
     writer.uint32(40).uint64(message.timeMs);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Observation.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message, value;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Observation();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.balancer = reader.stringVerify();
       message._balancer = "balancer";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.worker = reader.stringVerify();
       message._worker = "worker";
       continue;
      }
     case 3: {
       if (wireType !== 0)
        break;
       message.kind = reader.int32();
       message._kind = "kind";
       continue;
      }
     case 4: {
       if (wireType !== 2)
        break;
       message.reason = reader.stringVerify();
       message._reason = "reason";
       continue;
      }
     case 5: {
       if (wireType !== 0)
        break;
       message.timeMs = reader.uint64();
       message._timeMs = "timeMs";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Observation;
  })();

  v1.Observations = (function() {

   const Observations = function (properties) {
    this.observations = [];
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Observations.prototype.node = null;
   Observations.prototype.bootId = null;
   Observations.prototype.fleet = null;
   Observations.prototype.seq = null;
   Observations.prototype.complete = null;
   Observations.prototype.observations = $util.emptyArray;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Observations.prototype, "_node", {
    get: $util.oneOfGetter($oneOfFields = ["node"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Observations.prototype, "_bootId", {
    get: $util.oneOfGetter($oneOfFields = ["bootId"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Observations.prototype, "_fleet", {
    get: $util.oneOfGetter($oneOfFields = ["fleet"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Observations.prototype, "_seq", {
    get: $util.oneOfGetter($oneOfFields = ["seq"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Observations.prototype, "_complete", {
    get: $util.oneOfGetter($oneOfFields = ["complete"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Observations.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.node != null && $Object.hasOwnProperty.call(message, "node"))
     writer.uint32(10).string(message.node);
    if (message.bootId != null && $Object.hasOwnProperty.call(message, "bootId"))
     writer.uint32(18).string(message.bootId);
    if (message.fleet != null && $Object.hasOwnProperty.call(message, "fleet"))
     writer.uint32(26).string(message.fleet);
    if (message.seq != null && $Object.hasOwnProperty.call(message, "seq"))
     writer.uint32(32).uint64(message.seq);
    if (message.complete != null && $Object.hasOwnProperty.call(message, "complete"))
     writer.uint32(40).bool(message.complete);
    if (message.observations != null && message.observations.length)
     for (let i = 0; i < message.observations.length; ++i)
      $root.penstock.v1.Observation.encode(message.observations[i], writer.uint32(50).fork(), _depth + 1).ldelim();
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Observations.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Observations();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.node = reader.stringVerify();
       message._node = "node";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.bootId = reader.stringVerify();
       message._bootId = "bootId";
       continue;
      }
     case 3: {
       if (wireType !== 2)
        break;
       message.fleet = reader.stringVerify();
       message._fleet = "fleet";
       continue;
      }
     case 4: {
       if (wireType !== 0)
        break;
       message.seq = reader.uint64();
       message._seq = "seq";
       continue;
      }
     case 5: {
       if (wireType !== 0)
        break;
       message.complete = reader.bool();
       message._complete = "complete";
       continue;
      }
     case 6: {
       if (wireType !== 2)
        break;
       if (!(message.observations && message.observations.length))
        message.observations = [];
       message.observations.push($root.penstock.v1.Observation.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Observations;
  })();

  v1.HealthFrame = (function() {

   const HealthFrame = function (properties) {
    this.unavailable = [];
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   HealthFrame.prototype.fleet = null;
   HealthFrame.prototype.version = null;
   HealthFrame.prototype.periodMs = null;
   HealthFrame.prototype.unavailable = $util.emptyArray;
   HealthFrame.prototype.frozen = null;
   HealthFrame.prototype.membersVersion = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(HealthFrame.prototype, "_fleet", {
    get: $util.oneOfGetter($oneOfFields = ["fleet"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(HealthFrame.prototype, "_version", {
    get: $util.oneOfGetter($oneOfFields = ["version"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(HealthFrame.prototype, "_periodMs", {
    get: $util.oneOfGetter($oneOfFields = ["periodMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(HealthFrame.prototype, "_frozen", {
    get: $util.oneOfGetter($oneOfFields = ["frozen"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(HealthFrame.prototype, "_membersVersion", {
    get: $util.oneOfGetter($oneOfFields = ["membersVersion"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   HealthFrame.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.fleet != null && $Object.hasOwnProperty.call(message, "fleet"))
     writer.uint32(10).string(message.fleet);
    if (message.version != null && $Object.hasOwnProperty.call(message, "version"))
     writer.uint32(16).uint64(message.version);
    if (message.periodMs != null && $Object.hasOwnProperty.call(message, "periodMs"))
     writer.uint32(24).uint64(message.periodMs);
    if (message.unavailable != null && message.unavailable.length)
     for (let i = 0; i < message.unavailable.length; ++i)
      $root.penstock.v1.Verdict.encode(message.unavailable[i], writer.uint32(34).fork(), _depth + 1).ldelim();
    if (message.frozen != null && $Object.hasOwnProperty.call(message, "frozen"))
     writer.uint32(42).string(message.frozen);
    if (message.membersVersion != null && $Object.hasOwnProperty.call(message, "membersVersion"))
     writer.uint32(50).bytes(message.membersVersion);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   HealthFrame.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.HealthFrame();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.fleet = reader.stringVerify();
       message._fleet = "fleet";
       continue;
      }
     case 2: {
       if (wireType !== 0)
        break;
       message.version = reader.uint64();
       message._version = "version";
       continue;
      }
     case 3: {
       if (wireType !== 0)
        break;
       message.periodMs = reader.uint64();
       message._periodMs = "periodMs";
       continue;
      }
     case 4: {
       if (wireType !== 2)
        break;
       if (!(message.unavailable && message.unavailable.length))
        message.unavailable = [];
       message.unavailable.push($root.penstock.v1.Verdict.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     case 5: {
       if (wireType !== 2)
        break;
       message.frozen = reader.stringVerify();
       message._frozen = "frozen";
       continue;
      }
     case 6: {
       if (wireType !== 2)
        break;
       message.membersVersion = reader.bytes();
       message._membersVersion = "membersVersion";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return HealthFrame;
  })();

  v1.Verdict = (function() {

   const Verdict = function (properties) {
    this.zones = [];
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Verdict.prototype.balancer = null;
   Verdict.prototype.worker = null;
   Verdict.prototype.zones = $util.emptyArray;
   Verdict.prototype.reason = null;
   Verdict.prototype.since = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Verdict.prototype, "_balancer", {
    get: $util.oneOfGetter($oneOfFields = ["balancer"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Verdict.prototype, "_worker", {
    get: $util.oneOfGetter($oneOfFields = ["worker"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Verdict.prototype, "_reason", {
    get: $util.oneOfGetter($oneOfFields = ["reason"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Verdict.prototype, "_since", {
    get: $util.oneOfGetter($oneOfFields = ["since"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Verdict.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.balancer != null && $Object.hasOwnProperty.call(message, "balancer"))
     writer.uint32(10).string(message.balancer);
    if (message.worker != null && $Object.hasOwnProperty.call(message, "worker"))
     writer.uint32(18).string(message.worker);
    if (message.zones != null && message.zones.length)
     for (let i = 0; i < message.zones.length; ++i)
      writer.uint32(26).string(message.zones[i]);
    if (message.reason != null && $Object.hasOwnProperty.call(message, "reason"))
     writer.uint32(34).string(message.reason);
    if (message.since != null && $Object.hasOwnProperty.call(message, "since"))
     writer.uint32(40).uint64(message.since);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Verdict.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Verdict();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.balancer = reader.stringVerify();
       message._balancer = "balancer";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.worker = reader.stringVerify();
       message._worker = "worker";
       continue;
      }
     case 3: {
       if (wireType !== 2)
        break;
       if (!(message.zones && message.zones.length))
        message.zones = [];
       message.zones.push(reader.stringVerify());
       continue;
      }
     case 4: {
       if (wireType !== 2)
        break;
       message.reason = reader.stringVerify();
       message._reason = "reason";
       continue;
      }
     case 5: {
       if (wireType !== 0)
        break;
       message.since = reader.uint64();
       message._since = "since";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Verdict;
  })();

  v1.Members = (function() {

   const Members = function (properties) {
    this.members = [];
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Members.prototype.fleet = null;
   Members.prototype.version = null;
   Members.prototype.members = $util.emptyArray;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Members.prototype, "_fleet", {
    get: $util.oneOfGetter($oneOfFields = ["fleet"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Members.prototype, "_version", {
    get: $util.oneOfGetter($oneOfFields = ["version"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Members.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.fleet != null && $Object.hasOwnProperty.call(message, "fleet"))
     writer.uint32(10).string(message.fleet);
    if (message.version != null && $Object.hasOwnProperty.call(message, "version"))
     writer.uint32(18).bytes(message.version);
    if (message.members != null && message.members.length)
     for (let i = 0; i < message.members.length; ++i)
      $root.penstock.v1.Member.encode(message.members[i], writer.uint32(26).fork(), _depth + 1).ldelim();
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Members.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Members();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.fleet = reader.stringVerify();
       message._fleet = "fleet";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.version = reader.bytes();
       message._version = "version";
       continue;
      }
     case 3: {
       if (wireType !== 2)
        break;
       if (!(message.members && message.members.length))
        message.members = [];
       message.members.push($root.penstock.v1.Member.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Members;
  })();

  v1.Member = (function() {

   const Member = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   Member.prototype.node = null;
   Member.prototype.zone = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Member.prototype, "_node", {
    get: $util.oneOfGetter($oneOfFields = ["node"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(Member.prototype, "_zone", {
    get: $util.oneOfGetter($oneOfFields = ["zone"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   Member.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.node != null && $Object.hasOwnProperty.call(message, "node"))
     writer.uint32(10).string(message.node);
    if (message.zone != null && $Object.hasOwnProperty.call(message, "zone"))
     writer.uint32(18).string(message.zone);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   Member.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.Member();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.node = reader.stringVerify();
       message._node = "node";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.zone = reader.stringVerify();
       message._zone = "zone";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return Member;
  })();

  v1.FleetTraffic = (function() {

   const FleetTraffic = function (properties) {
    this.workers = [];
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   FleetTraffic.prototype.fleet = null;
   FleetTraffic.prototype.periodMs = null;
   FleetTraffic.prototype.workers = $util.emptyArray;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(FleetTraffic.prototype, "_fleet", {
    get: $util.oneOfGetter($oneOfFields = ["fleet"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(FleetTraffic.prototype, "_periodMs", {
    get: $util.oneOfGetter($oneOfFields = ["periodMs"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   FleetTraffic.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.fleet != null && $Object.hasOwnProperty.call(message, "fleet"))
     writer.uint32(10).string(message.fleet);
    if (message.periodMs != null && $Object.hasOwnProperty.call(message, "periodMs"))
     writer.uint32(16).uint64(message.periodMs);
    if (message.workers != null && message.workers.length)
     for (let i = 0; i < message.workers.length; ++i)
      $root.penstock.v1.WorkerTraffic.encode(message.workers[i], writer.uint32(26).fork(), _depth + 1).ldelim();
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   FleetTraffic.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.FleetTraffic();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.fleet = reader.stringVerify();
       message._fleet = "fleet";
       continue;
      }
     case 2: {
       if (wireType !== 0)
        break;
       message.periodMs = reader.uint64();
       message._periodMs = "periodMs";
       continue;
      }
     case 3: {
       if (wireType !== 2)
        break;
       if (!(message.workers && message.workers.length))
        message.workers = [];
       message.workers.push($root.penstock.v1.WorkerTraffic.decode(reader, reader.size(), $undefined, _depth + 1));
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return FleetTraffic;
  })();

  v1.WorkerTraffic = (function() {

   const WorkerTraffic = function (properties) {
    if (properties)
     for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
      if (properties[keys[i]] != null && keys[i] !== "__proto__")
       this[keys[i]] = properties[keys[i]];
   };

   WorkerTraffic.prototype.balancer = null;
   WorkerTraffic.prototype.worker = null;
   WorkerTraffic.prototype.elected = null;
   WorkerTraffic.prototype.bytes = null;

   let $oneOfFields;

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerTraffic.prototype, "_balancer", {
    get: $util.oneOfGetter($oneOfFields = ["balancer"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerTraffic.prototype, "_worker", {
    get: $util.oneOfGetter($oneOfFields = ["worker"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerTraffic.prototype, "_elected", {
    get: $util.oneOfGetter($oneOfFields = ["elected"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   // Virtual OneOf for proto3 optional field
   $Object.defineProperty(WorkerTraffic.prototype, "_bytes", {
    get: $util.oneOfGetter($oneOfFields = ["bytes"]),
    set: $util.oneOfSetter($oneOfFields)
   });

   WorkerTraffic.encode = function (message, writer, _depth) {
    if (!writer)
     writer = $Writer.create();
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $util.recursionLimit)
     throw $Error("max depth exceeded");
    if (message.balancer != null && $Object.hasOwnProperty.call(message, "balancer"))
     writer.uint32(10).string(message.balancer);
    if (message.worker != null && $Object.hasOwnProperty.call(message, "worker"))
     writer.uint32(18).string(message.worker);
    if (message.elected != null && $Object.hasOwnProperty.call(message, "elected"))
     writer.uint32(24).uint64(message.elected);
    if (message.bytes != null && $Object.hasOwnProperty.call(message, "bytes"))
     writer.uint32(32).uint64(message.bytes);
    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
     for (let i = 0; i < message.$unknowns.length; ++i)
      writer.raw(message.$unknowns[i]);
    return writer;
   };

   WorkerTraffic.decode = function (reader, length, _end, _depth, _target) {
    if (!(reader instanceof $Reader))
     reader = $Reader.create(reader);
    if (_depth === $undefined)
     _depth = 0;
    if (_depth > $Reader.recursionLimit)
     throw $Error("max depth exceeded");
    let end, message;
    if (length === $undefined)
     end = reader.len;
    else {
     end = reader.pos + length;
     if (end > reader.len)
      throw $RangeError("index out of range");
     length = reader.len;
     reader.len = end;
    }
    message = _target || new $root.penstock.v1.WorkerTraffic();
    while (reader.pos < end) {
     let start = reader.pos;
     let tag = reader.tag();
     if (tag === _end) {
      _end = $undefined;
      break;
     }
     let wireType = tag & 7;
     switch (tag >>>= 3) {
     case 1: {
       if (wireType !== 2)
        break;
       message.balancer = reader.stringVerify();
       message._balancer = "balancer";
       continue;
      }
     case 2: {
       if (wireType !== 2)
        break;
       message.worker = reader.stringVerify();
       message._worker = "worker";
       continue;
      }
     case 3: {
       if (wireType !== 0)
        break;
       message.elected = reader.uint64();
       message._elected = "elected";
       continue;
      }
     case 4: {
       if (wireType !== 0)
        break;
       message.bytes = reader.uint64();
       message._bytes = "bytes";
       continue;
      }
     }
     reader.skipType(wireType, _depth, tag);
     if (!reader.discardUnknown) {
      $util.makeProp(message, "$unknowns", false);
      (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
     }
    }
    if (length !== $undefined) {
     if (reader.pos !== end)
      throw $RangeError("index out of range");
     reader.len = length;
    }
    if (_end !== $undefined)
     throw $Error("missing end group");
    return message;
   };

   return WorkerTraffic;
  })();

  return v1;
 })();

 return penstock;
})();

export {
 $root as default
};
