// A page whose session is over: sign in, then come back to this very page.
if (location.pathname !== "/sign-in") location.replace(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
