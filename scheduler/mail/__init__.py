"""A digest as bytes, the connection that carries them, and the catcher of mails that must not leave the machine."""
