"""Token endpoints of OAuth 2: a code or a refresh token for an access token, and its revocation."""
