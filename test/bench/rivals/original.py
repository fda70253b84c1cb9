"""
The original glance_store with its file driver, or its S3 driver where the job has a bucket, as a measured process: the
protocol of ../job.ts, spoken by Python.

Two things to know when its figures are read: it does not fsync, so an image it has added may be lost with the power;
and asked for no multihash it computes MD5 twice, once as the checksum and once in the multihash's place.
"""

import concurrent.futures
import gc
import io
import json
import os
import resource
import sys
import time

import glance_store
from oslo_config import cfg

MIB = 1024 * 1024


def scheme(job):
    return 's3' if 's3' in job else 'file'


def options_of(job):
    options = {'stores': [scheme(job)], 'default_store': scheme(job)}
    if 's3' in job:
        bucket = job['s3']
        return {**options, 's3_store_host': bucket['endpoint'],
                's3_store_access_key': bucket['accessKeyId'], 's3_store_secret_key': bucket['secretAccessKey'],
                's3_store_bucket': bucket['bucket'], 's3_store_bucket_url_format': 'path'}
    options['filesystem_store_datadir'] = job['datadir']
    if 'chunkSize' in job:
        options['filesystem_store_chunk_size'] = job['chunkSize']
    return options


def configure(job):
    conf = cfg.ConfigOpts()
    glance_store.register_opts(conf)
    conf([], default_config_files=[], default_config_dirs=[])
    options = options_of(job)
    for name, value in options.items():
        conf.set_override(name, value, group='glance_store')
    glance_store.create_stores(conf)
    return conf


class Synthetic:
    """The image of `addUnknown`."""

    def __init__(self, size):
        self.size = size
        self.at = 0

    def read(self, length):
        length = min(length, MIB - self.at % MIB, self.size - self.at)
        data = bytes([self.at // MIB % 251]) * length
        self.at += length
        return data


def add(conf, job, image_id, data, size):
    if 'hashingAlgo' not in job:
        _, size, checksum, _ = glance_store.add_to_backend(conf, image_id, data, size, scheme=scheme(job))
    else:
        _, size, checksum, _, _ = glance_store.add_to_backend_with_multihash(
            conf, image_id, data, size, job['hashingAlgo'], scheme=scheme(job))
    return {'bytes': size, 'checksum': checksum}


def add_file(conf, job):
    with open(job['source'], 'rb', buffering=0) as source:
        return add(conf, job, 'image', source, job['size'])


def add_unknown(conf, job):
    return add(conf, job, 'image', Synthetic(job['size']), 0)


def add_many(conf, job):
    data = b'\7' * job['size']

    def one(index):
        add(conf, job, 'image-%d' % index, io.BytesIO(data), job['size'])

    threads = job.get('threads', job['concurrency'])
    if threads == 1:
        for index in range(job['count']):
            one(index)
    else:
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            list(pool.map(one, range(job['count'])))
    return {'bytes': job['size'] * job['count']}


def uri(job):
    if 's3' not in job:
        return 'file://%s/image' % job['datadir']
    bucket = job['s3']
    host = bucket['endpoint'].partition('://')[2]
    return 's3://%s:%s@%s/%s/image' % (bucket['accessKeyId'], bucket['secretAccessKey'], host, bucket['bucket'])


def seed(job):
    # On S3 somebody else has added it.
    if 's3' not in job:
        os.link(job['source'], os.path.join(job['datadir'], 'image'))


def read(job, **part):
    data, _ = glance_store.get_from_backend(uri(job), **part)
    return data


def get(conf, job):
    return {'bytes': sum(map(len, read(job)))}


def get_ranges(conf, job):
    count = 0
    for index in range(job['count']):
        offset = (index * 32452843 + 13) % (job['size'] - job['length'])
        count += sum(map(len, read(job, offset=offset, chunk_size=job['length'])))
    return {'bytes': count}


def copy(conf, job):
    with open(job['target'], 'wb', buffering=0) as target:
        return {'bytes': sum(map(target.write, read(job)))}


OPERATIONS = {'add': add_file, 'addMany': add_many, 'addUnknown': add_unknown,
              'get': get, 'getRanges': get_ranges, 'copy': copy}


def have_memory(job):
    """As `haveMemory` in ../child.ts."""
    if job['operation'] not in ('add', 'copy'):
        return
    name = os.path.join(job['datadir'], '.memory')
    data = bytes(MIB)
    for _ in range(2):
        with open(name, 'xb', buffering=0) as file:
            for _ in range(0, job['size'], MIB):
                file.write(data)
        os.unlink(name)


def forget_peak():
    try:
        with open('/proc/self/clear_refs', 'w') as refs:
            refs.write('5')
    except OSError:
        pass


def peak():
    try:
        with open('/proc/self/status') as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith('VmHWM:'))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main():
    job = json.loads(sys.argv[-1])
    conf = configure(job)
    if job['operation'] in ('get', 'getRanges', 'copy'):
        seed(job)
    if 's3' not in job:
        have_memory(job)
    gc.collect()
    forget_peak()
    idle = peak()
    cpu = time.process_time()
    begin = time.perf_counter()
    outcome = OPERATIONS[job['operation']](conf, job)
    wall = time.perf_counter() - begin
    cpu = time.process_time() - cpu
    print(json.dumps({**outcome, 'wall': wall, 'cpu': cpu, 'idle': idle, 'peak': peak()}))


main()
