"""An S3-compatible store (moto's), told line by line what to keep.

Prints {"endpoint", "id", "secret"} once it is there. After that, requests need the signature of that key. Orders, each
answered by a line "ok":
  {"put": KEY, "base64": BYTES}    {"small": [KEY, ...]}    {"delete": KEY}
and one answered by the number of requests that have come so far, those of the other orders too:
  {"requests": true}
"""

import base64
import json
import os
import sys

# The three requests below come before there is a key; all others are checked.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "3"
# The library behind it must find no key of the machine's, and no region.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]

import boto3  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402
from werkzeug.serving import WSGIRequestHandler  # noqa: E402

seen = []
answer = WSGIRequestHandler.run_wsgi


def counted(handler):
    seen.append(handler.path)
    answer(handler)


WSGIRequestHandler.run_wsgi = counted

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
endpoint = f"http://{host}:{port}"
iam = boto3.client("iam", "us-east-1", endpoint_url=endpoint, aws_access_key_id="-", aws_secret_access_key="-")
iam.create_user(UserName="gateway")
key = iam.create_access_key(UserName="gateway")["AccessKey"]
everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
policy = {"Version": "2012-10-17", "Statement": [everything]}
iam.put_user_policy(UserName="gateway", PolicyName="s3", PolicyDocument=json.dumps(policy))
s3 = boto3.client(
    "s3",
    "us-east-1",
    endpoint_url=endpoint,
    aws_access_key_id=key["AccessKeyId"],
    aws_secret_access_key=key["SecretAccessKey"],
)
s3.create_bucket(Bucket="recordings")
print(json.dumps({"endpoint": endpoint, "id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}), flush=True)
for line in sys.stdin:
    order = json.loads(line)
    if "requests" in order:
        print(len(seen), flush=True)
        continue
    if "put" in order:
        s3.put_object(Bucket="recordings", Key=order["put"], Body=base64.b64decode(order["base64"]))
    if "delete" in order:
        s3.delete_object(Bucket="recordings", Key=order["delete"])
    for name in order.get("small", []):
        s3.put_object(Bucket="recordings", Key=name, Body=b"s" * 100)
    print("ok", flush=True)
