# A server as many have it, before Ringpost: Postfix hands mail over to Dovecot, whose users are those of the system.
# And what the page's commands are here, where no systemd runs.
set -eu

# Waits until a file holds this, a minute at most; then it fails, with what Ringpost logged.
cat >/bin/await <<'X'
#!/bin/bash
for _ in {1..600}; do grep -qs -- "$1" "$2" && exit; sleep 0.1; done
echo "$2 does not hold '$1' after a minute" >&2
tail -n 20 /room/log >&2
exit 1
X
chmod 755 /bin/await

echo '127.0.0.1 mail.example.org localhost' >/etc/hosts
useradd --create-home ada
echo 'ada:her password' | chpasswd
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=mail.example.org \
  -addext subjectAltName=DNS:mail.example.org -keyout /etc/dovecot/private/dovecot.key -out /etc/dovecot/private/dovecot.pem 2>/dev/null
install -m 644 /etc/dovecot/private/dovecot.pem /etc/dovecot.crt
sed -i 's#^mail_location = .*#mail_location = maildir:~/Maildir#' /etc/dovecot/conf.d/10-mail.conf
cat >/etc/dovecot/conf.d/95-lmtp.conf <<'X'
protocols = imap lmtp
auth_username_format = %Ln
log_path = /room/dovecot.log
service lmtp {
  unix_listener /var/spool/postfix/private/dovecot-lmtp {
    user = postfix
    group = postfix
    mode = 0600
  }
}
X
[ -e /etc/postfix/main.cf ] || install -m 644 /usr/share/postfix/main.cf.debian /etc/postfix/main.cf
postconf -e 'mailbox_transport = lmtp:unix:private/dovecot-lmtp' 'mydestination = example.org, localhost' \
  'myhostname = mail.example.org' 'inet_interfaces = loopback-only' 'maillog_file = /var/log/postfix.log'
dovecot
postfix start 2>/dev/null

mkdir /shims
cat >/shims/sudo <<'X'
#!/bin/bash
if [ "$1" = -u ]; then shift 2; exec setpriv --reuid ringpost --regid ringpost --init-groups "$@"; fi
exec "$@"
X
cat >/shims/systemctl <<'X'
#!/bin/bash
case "$*" in
  'reload dovecot') exec doveadm reload ;;
  'enable --now ringpost-server')
    mkdir -p /run/ringpost /var/lib/ringpost/server && chown -R ringpost /run/ringpost /var/lib/ringpost
    sudo -u ringpost ringpost server --config /etc/ringpost/server.toml >/room/steps 2>/room/log &
    exec await 'watching 1 users at 127.0.0.1' /room/log ;;
  *) echo "systemctl $*: not here" >&2; exit 1 ;;
esac
X
printf '#!/bin/sh\nexit 0\n' >/shims/apt
printf '#!/bin/sh\n[ "$1" = ci ] || PATH=${PATH#*:} exec npm "$@"\n' >/shims/npm
printf '#!/bin/sh\ncat /room/server.toml >"$1"\n' >/shims/sudoedit
chmod 755 /shims /shims/*
export PATH=/shims:$PATH
