//! Holds everything that people get to see to its promises, by drawing all samples.

#[cfg(test)]
mod html;
mod letters;
#[cfg(test)]
mod mails;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod words;
