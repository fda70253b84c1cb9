#!/usr/bin/env bash
# nginx on loopback: files over http and over https, behind a password, and behind a second nginx as a reverse proxy.
#
# usage: test/services/nginx.sh start|stop DIR
#
# Files are served from DIR/www. The certificate is signed by an authority made for this start, DIR/ca.pem.
source "$(dirname "${BASH_SOURCE[0]}")/daemons.sh"

daemons=(nginx)

if [[ $command == stop ]]; then
  stop_daemons QUIT "${daemons[@]}"
  rm -f "$directory/env"
  exit 0
fi

if [[ -e $directory/env ]] && is_alive nginx; then exit 0; fi
needs nginx openssl
stop_daemons QUIT "${daemons[@]}"
rm -f "$directory/env" "${log:?}"/*
mkdir -p "$directory/www" "$directory/scratch"

ec=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2)
{
  openssl req -x509 "${ec[@]}" -keyout "$directory/ca.key" -out "$directory/ca.pem" -subj "/CN=a private authority" \
    -addext "basicConstraints=critical,CA:TRUE"
  openssl req "${ec[@]}" -keyout "$directory/server.key" -out "$directory/server.csr" -subj "/CN=localhost"
  printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' > "$directory/extensions"
  openssl x509 -req -in "$directory/server.csr" -CA "$directory/ca.pem" -CAkey "$directory/ca.key" -CAcreateserial \
    -days 2 -extfile "$directory/extensions" -out "$directory/server.pem"
} > "$log/openssl.out" 2>&1 || fail "openssl made no certificate"
password=$(openssl rand -hex 12)
printf 'us@er:%s\n' "$(openssl passwd -apr1 "$password")" > "$directory/passwords"

read -r plain tls auth proxy <<< "$(free_ports 4)"

cat > "$directory/nginx.conf" << CONF
daemon off;
# Who does not run as root cannot choose, and is told so in the log.
user $(id -un) $(id -gn);
worker_processes 1;
pid $directory/nginx.own.pid;
error_log $log/nginx.error;
events { worker_connections 256; }
http {
  access_log off;
  sendfile on;
  default_type application/octet-stream;
  client_body_temp_path $directory/scratch/body;
  proxy_temp_path $directory/scratch/proxy;
  fastcgi_temp_path $directory/scratch/fastcgi;
  uwsgi_temp_path $directory/scratch/uwsgi;
  scgi_temp_path $directory/scratch/scgi;
  root $directory/www;
  gzip on;
  gzip_types *;
  server {
    listen 127.0.0.1:$plain;
    location /moved/ { rewrite ^/moved/(.*)\$ /\$1 redirect; }
    location /safe/ { return 302 https://127.0.0.1:$tls/\$arg_to; }
  }
  server {
    listen 127.0.0.1:$tls ssl;
    ssl_certificate $directory/server.pem;
    ssl_certificate_key $directory/server.key;
  }
  server {
    listen 127.0.0.1:$auth;
    auth_basic "images";
    auth_basic_user_file $directory/passwords;
  }
  server {
    listen 127.0.0.1:$proxy;
    location / { proxy_pass http://127.0.0.1:$plain; proxy_http_version 1.1; }
  }
}
CONF

spawn nginx nginx -c "$directory/nginx.conf" -p "$directory"
for port in "$plain" "$tls" "$auth" "$proxy"; do await nginx nginx listens "$port"; done

ready "PLAIN=http://127.0.0.1:$plain" "TLS=https://127.0.0.1:$tls" "AUTH=127.0.0.1:$auth" \
  "PROXY=http://127.0.0.1:$proxy" "USER=us%40er" "PASSWORD=$password" "CA=$directory/ca.pem" "WWW=$directory/www"
