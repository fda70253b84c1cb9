"""
The original glance_store, asked over stdin and stdout: a JSON object a line either way.

    -> {"id": 1, "method": "get_size", "arguments": {"store": 0, "uri": "file:///images/a"}}
    <- {"id": 1, "result": 5}                                                     or, if it raised:
    <- {"id": 1, "exception": {"name": "NotFound", "message": "Image /images/a not found"}}

`configure` makes a store from options of glance-api.conf and answers with its number, which the other methods take as
`store`. The original keeps one table of schemes for the whole process, so each store's own is put in before it is used;
requests are served one after the other. Bytes travel in files whose paths the requests name.

Runs under Debian's interpreter (/usr/bin/python3), whose package python3-glance-store it needs; test/services/install.sh
installs that. Nothing of the original is replaced, but for the free space where `configure` is told what it is.
"""

import hashlib
import json
import logging
import os
import sys

from glance_store import backend
from glance_store import location
from glance_store import multi_backend
from oslo_config import cfg


# To the original's HTTP client these count for more than its configuration; what is asked here is the latter.
for name in ('REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'):
    os.environ.pop(name, None)
    os.environ.pop(name.lower(), None)


class Configured(object):
    """A set of stores as `create_stores` leaves it: its configuration and its table of schemes."""

    def __init__(self, options, free, scheme):
        location.SCHEME_TO_CLS_MAP.clear()
        self.conf = cfg.ConfigOpts()
        backend.register_opts(self.conf)
        self.conf([], default_config_files=[], default_config_dirs=[])
        for name, value in options.items():
            self.conf.set_override(name, value, group='glance_store')
        backend.create_stores(self.conf)
        self.schemes = dict(location.SCHEME_TO_CLS_MAP)
        store = backend.get_store_from_scheme(scheme)
        # create_stores only logs why a store cannot be written to; asked again, the store says it.
        store.configure(re_raise_bsc=True)
        if free is not None:
            store._get_capacity_info = free.__getitem__

    def enter(self):
        location.SCHEME_TO_CLS_MAP.clear()
        location.SCHEME_TO_CLS_MAP.update(self.schemes)


configured = []


def use(store):
    configured[store].enter()
    return configured[store].conf


def configure(options, free=None, scheme='file'):
    """The store of the scheme; `free` gives the free bytes of each data directory, in the place of statvfs."""
    configured.append(Configured(options, free, scheme))
    return len(configured) - 1


def stores(files, directories, reserved):
    """
    What a service like glance makes of configuration files: each store by its id (by its type, where there are no ids)
    with its schemes, options and description, and the default.
    """
    location.SCHEME_TO_CLS_MAP.clear()
    location.SCHEME_TO_CLS_BACKEND_MAP.clear()
    multi_backend._RESERVED_STORES.clear()
    conf = cfg.ConfigOpts()
    # The service's own option.
    conf.register_opt(cfg.DictOpt('enabled_backends'))
    conf([], default_config_files=files, default_config_dirs=directories)
    if conf.enabled_backends is None:
        backend.register_opts(conf)
        backend.create_stores(conf)
        found = {entry['store_entry']: entry['store'] for entry in location.SCHEME_TO_CLS_MAP.values()}
        default = conf.glance_store.default_store
    else:
        multi_backend.register_store_opts(conf, reserved_stores=reserved)
        multi_backend.create_multi_stores(conf, reserved_stores=reserved)
        found = {id: entry['store'] for ids in location.SCHEME_TO_CLS_BACKEND_MAP.values() for id, entry in ids.items()}
        default = conf.glance_store.default_backend
    return {
        'default': default,
        'stores': {
            id: {
                'schemes': sorted(store.get_schemes()),
                'options': {
                    option.name: getattr(conf[store.backend_group or 'glance_store'], option.name)
                    for option in store.OPTIONS
                },
                'description': store.backend_group and conf[store.backend_group].store_description,
            }
            for id, store in found.items()
        },
    }


def add(store, image_id, source, size, algorithm=None):
    """Without an algorithm by the older function, which knows no multihash."""
    conf = use(store)
    with open(source, 'rb') as data:
        if algorithm is None:
            uri, size, checksum, metadata = backend.add_to_backend(conf, image_id, data, size)
            return {'uri': uri, 'size': size, 'checksum': checksum, 'metadata': metadata}
        uri, size, checksum, multihash, metadata = backend.add_to_backend_with_multihash(
            conf, image_id, data, size, algorithm)
        return {'uri': uri, 'size': size, 'checksum': checksum, 'multihash': multihash, 'metadata': metadata}


def get(store, uri, target, offset=0, length=None):
    """Writes what it reads to the file `target`; answers with the size that the original reports."""
    use(store)
    chunks, size = backend.get_from_backend(uri, offset=offset, chunk_size=length)
    with open(target, 'wb') as file:
        for chunk in chunks:
            file.write(chunk)
    return size


def get_size(store, uri):
    use(store)
    return backend.get_size_from_backend(uri)


def delete(store, uri):
    use(store)
    backend.delete_from_backend(uri)


def set_acls(store, uri):
    use(store)
    backend.set_acls(uri, public=True)


def parse(store, uri):
    """The path that a URI stands for, and the URI that the original makes of it."""
    use(store)
    found = location.get_location_from_uri(uri)
    return {'path': found.store_location.path, 'uri': found.get_store_uri()}


def known_schemes(store):
    use(store)
    return sorted(backend.get_known_schemes())


def options():
    """The options that oslo.config finds: those of the library itself, and those of the file store, with defaults."""
    (_, core), (_, drivers) = backend._list_opts()
    file = [option for option in drivers if option.name.startswith('filesystem_')]
    return {option.name: option.default for option in core + file}


def algorithms():
    return sorted(hashlib.algorithms_available)


def check_location_metadata(value):
    backend.check_location_metadata(value)


def data_extents(path):
    """Where the file has data, as [from, to] pairs; what lies between are holes."""
    extents = []
    with open(path, 'rb') as file:
        end = os.fstat(file.fileno()).st_size
        position = 0
        while position < end:
            try:
                begin = os.lseek(file.fileno(), position, os.SEEK_DATA)
            except OSError:
                break
            position = os.lseek(file.fileno(), begin, os.SEEK_HOLE)
            extents.append([begin, position])
    return extents


methods = {
    function.__name__: function
    for function in (configure, add, get, get_size, delete, set_acls, parse, known_schemes, options, algorithms,
                     check_location_metadata, data_extents, stores)
}


def answer(request):
    # Outside of try: a request that nothing serves is a fault of the tests, and ends the process.
    method = methods[request['method']]
    try:
        return {'id': request['id'], 'result': method(**request['arguments'])}
    except Exception as error:
        return {'id': request['id'], 'exception': {'name': type(error).__name__, 'message': str(error)}}


def main():
    logging.disable(logging.CRITICAL)
    # What a library prints must not get among the answers.
    answers = os.fdopen(os.dup(1), 'w', encoding='utf-8')
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(json.dumps(answer(json.loads(line))) + '\n')
        answers.flush()


if __name__ == '__main__':
    main()
